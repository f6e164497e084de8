/** What a consumer has in hand: running, or waiting for its lane. Kept alive at the broker and in the ledger meanwhile. */
import type { Position } from '@eventstream/contracts';
import { PassingMap } from '@eventstream/platform';

/** One piece of work in hand. */
export interface Held {
  /** Came from the broker, not from the ledger. */
  readonly delivered: boolean;
  /** Says that it is still being worked on. Must not throw. */
  readonly extend: () => void;
}

/** The work in hand, at most one piece per position. */
export class InHand {
  readonly #held = new PassingMap<Position, Held>();
  #delivered = 0;

  get size(): number {
    return this.#held.size;
  }

  /** Of them, those that came from the broker. */
  get delivered(): number {
    return this.#delivered;
  }

  has(at: Position): boolean {
    return this.#held.has(at);
  }

  get(at: Position): Held | undefined {
    return this.#held.get(at);
  }

  take(at: Position, held: Held): void {
    this.#held.set(at, held);
    if (held.delivered) this.#delivered += 1;
  }

  release(at: Position): void {
    if (this.#held.take(at)?.delivered === true) this.#delivered -= 1;
  }

  extendAll(): void {
    for (const held of this.#held.values()) held.extend();
  }
}
