/**
 * A consumer's mark as its ledger keeps it. Promises: before it is written anew, a ledger that has lost what was written
 * to it (its database was reset, or restored from an older copy) is noticed, and how far the log had been read is not
 * forgotten with it.
 */
import { type Incarnation, type LogName, nowhere, type Position } from '@eventstream/contracts';
import type { Mark, WorkerLedger } from '../ledger.ts';
import type { LogLife } from '../reader/log-life.ts';
import * as metrics from './worker-metrics.ts';

/** What keeping a mark needs. */
export interface KeptMarkParts {
  readonly consumer: string;
  readonly log: LogName;
  readonly ledger: WorkerLedger;
  readonly life: LogLife;
  /** The furthest position that was ever read or delivered. */
  readonly reached: () => Position;
  /** Called when the ledger has lost it: the reader has left the log's life and has to begin again. */
  readonly onLost: () => void;
}

/** The kept mark of one consumer. */
export class KeptMark {
  readonly #parts: KeptMarkParts;
  #written: Position | undefined;
  /** How far which life of the log had been read when the ledger was found to have lost that. */
  #forgotten: { readonly to: Position; readonly life: Incarnation } | undefined;

  constructor(parts: KeptMarkParts) {
    this.#parts = parts;
  }

  /** Reads it. */
  load(): Promise<Mark | undefined> {
    const { consumer, log, ledger } = this.#parts;
    return ledger.loadMark(consumer, log);
  }

  /** How far this life of the log had been read when the ledger was found to have lost that. */
  forgottenTo(life: Incarnation): Position {
    return this.#forgotten?.life === life ? this.#forgotten.to : nowhere;
  }

  /** The consumer begins at what was loaded. */
  begin(mark: Mark | undefined): void {
    this.#written = mark?.position;
    this.#forgotten = undefined;
  }

  /** Writes it, unless it is written already or the ledger has lost the one before. */
  async save(mark: Position): Promise<void> {
    const { consumer, log, ledger, life } = this.#parts;
    const incarnation = life.current;
    if (incarnation === undefined || mark === this.#written || (await this.isLost())) return;
    await ledger.saveMark(consumer, log, { position: mark, incarnation });
    this.#written = mark;
    metrics.markPosition.set({ consumer }, mark);
  }

  /** Whether the ledger has lost it. What waited there is gone too, so all above the mark that it has now is looked at again. */
  async isLost(): Promise<boolean> {
    const { life, reached, onLost } = this.#parts;
    const written = this.#written;
    if (written === undefined) return false;
    const kept = await this.load();
    const incarnation = life.current;
    if (life.hasKept(written, kept?.position)) return false;
    this.#forgotten = incarnation && { to: reached(), life: incarnation };
    onLost();
    return true;
  }
}
