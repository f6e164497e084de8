/** Wakes those who wait for a log to grow. Only a hint: whoever wakes reads the log to learn what is there. */
import { nowhere, type Position } from '@eventstream/contracts';

interface Waiter {
  readonly after: Position;
  wake(): void;
}

/** The last known head of one log, and who waits for the next. */
export class HeadSignal {
  readonly #waiters = new Set<Waiter>();
  #head = nowhere;

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** The last known head. */
  get head(): Position {
    return this.#head;
  }

  /** The log's head is at least here. Late news of an earlier head change nothing. */
  moved(head: Position): void {
    if (head <= this.#head) return;
    this.#head = head;
    for (const waiter of this.#waiters) if (head > waiter.after) waiter.wake();
  }

  /** The log began another life, or was restored to an earlier state, with its head here: everybody has to look. */
  restarted(head: Position): void {
    this.#head = head;
    this.release();
  }

  /** Wakes everybody. */
  release(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  /** Resolves when the head may be beyond `after`, or the signal aborts. */
  wait(after: Position, signal: AbortSignal): Promise<void> {
    if (this.#head > after || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter: Waiter = { after, wake };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', wake);
    });
  }
}
