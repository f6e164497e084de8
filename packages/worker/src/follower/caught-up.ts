/** Remembers when a reader was last known to have read everything that there was. */
import { nowhere, type Position } from '@eventstream/contracts';

interface SeenHead {
  readonly head: Position;
  readonly askedAtMs: number;
}

/**
 * Compares the heads that were seen with how far the reader has got. A log that keeps growing is never read to its end;
 * but a reader that has reached the head of some moment has read everything there was at that moment.
 */
export class CaughtUp {
  /** The oldest head that is not reached yet, and the newest one. */
  #pending: SeenHead | undefined;
  #latest: SeenHead | undefined;
  #asOfMs: number | undefined;
  #at: Position = nowhere;

  /** The log's head was this; it was asked for at `askedAtMs`. */
  sawHead(head: Position, askedAtMs: number): void {
    this.#latest = { head, askedAtMs };
    this.#pending ??= this.#latest;
    this.#judge();
  }

  /** The reader has read everything up to here. */
  reached(at: Position): void {
    this.#at = at;
    this.#judge();
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#pending = undefined;
    this.#latest = undefined;
    this.#asOfMs = undefined;
  }

  /** Everything that there was at this time has been read. Undefined until that was so for the first time. */
  get asOfMs(): number | undefined {
    return this.#asOfMs;
  }

  #judge(): void {
    if (this.#pending === undefined || this.#pending.head > this.#at) return;
    this.#asOfMs = this.#pending.askedAtMs;
    const latest = this.#latest;
    if (latest === undefined || latest.head > this.#at) {
      this.#pending = latest;
      return;
    }
    this.#asOfMs = latest.askedAtMs;
    this.#pending = undefined;
  }
}
