/**
 * How far a consumer is for sure. Deliveries say which events were handled; only a look at the store says that there
 * were no others in between. So the mark moves by both: the store's events up to `scannedTo` are known, and those that
 * nobody has settled yet are remembered; the mark stands right before the first of them.
 */
import { nowhere, type Position, position } from '@eventstream/contracts';

/** What is known of one consumer's events. Settled means: done, waiting in the ledger, or a dead letter. */
export class Progress {
  #scannedTo: Position = nowhere;
  /** When each was found; in order of position, because scans are. */
  readonly #unsettled = new Map<Position, number>();
  /** Settled ahead of the scan. */
  readonly #ahead = new Set<Position>();

  /** Forgets everything and begins at a mark. `settledAbove`: what is settled beyond it. */
  restart(mark: Position, settledAbove: Iterable<Position>): void {
    this.#scannedTo = mark;
    this.#unsettled.clear();
    this.#ahead.clear();
    for (const settled of settledAbove) this.settle(settled);
  }

  /** Everything of the consumer's type up to here is settled. */
  get mark(): Position {
    const [first] = this.#unsettled.keys();
    return first === undefined ? this.#scannedTo : position(first - 1);
  }

  /** The store was looked at up to here. */
  get scannedTo(): Position {
    return this.#scannedTo;
  }

  /** How many events the store has that nobody has settled yet. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  /** How many events were settled before a scan has seen them. */
  get ahead(): number {
    return this.#ahead.size;
  }

  settle(at: Position): void {
    if (at > this.#scannedTo) this.#ahead.add(at);
    else this.#unsettled.delete(at);
  }

  isSettled(at: Position): boolean {
    return at > this.#scannedTo ? this.#ahead.has(at) : !this.#unsettled.has(at);
  }

  /** The store has these events of the consumer's type between the last scan's end and `to`, and no others. */
  scanned(found: readonly Position[], to: Position, nowMs: number): void {
    if (to <= this.#scannedTo) return;
    this.#scannedTo = to;
    for (const at of found) if (!this.#ahead.delete(at)) this.#unsettled.set(at, nowMs);
  }

  /** Those that were found at or before this time and are not settled yet, in order. */
  unsettledSince(foundBeforeMs: number): readonly Position[] {
    const found: Position[] = [];
    for (const [at, foundAtMs] of this.#unsettled) if (foundAtMs <= foundBeforeMs) found.push(at);
    return found;
  }

  /** Those up to here that are not settled yet, in order. */
  unsettledTo(to: Position): readonly Position[] {
    const found: Position[] = [];
    for (const at of this.#unsettled.keys()) {
      if (at > to) break;
      found.push(at);
    }
    return found;
  }
}
