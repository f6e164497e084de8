/**
 * Time that passes when a test says so. Timers fire in the order in which they are due; after each one, whatever it set
 * off (promises, immediates) is run to its end before the next.
 */
import type { Scheduler } from '@eventstream/platform/scheduler';

/** Turns of the event loop given to what a timer sets off: long chains of awaits through in-memory adapters. */
const turns = 12;

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** A scheduler whose time stands still until it is advanced. */
export class VirtualTime implements Scheduler {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 1_800_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets this much time pass. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.run();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until the condition holds. Throws when it does not within `limitMs`. */
  async until(condition: () => boolean | Promise<boolean>, limitMs = 600_000): Promise<void> {
    const giveUpMs = this.#nowMs + limitMs;
    await settled();
    while (!(await condition())) {
      if (this.#nowMs >= giveUpMs) throw new Error(`it did not come about within ${limitMs} ms of virtual time`);
      const next = this.#next(giveUpMs);
      await this.advance(next === undefined ? giveUpMs - this.#nowMs : Math.max(0, next.dueMs - this.#nowMs));
    }
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    return next;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
