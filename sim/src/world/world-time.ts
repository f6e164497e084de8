/**
 * The time of a world. It stands still while anything is being computed and jumps to the next timer when nothing is.
 * Promises: timers fire in the order in which they are due, those that are due together in an order of chance; before
 * the next one fires, every promise that can settle has settled. So a run depends on nothing but its seed.
 */
import type { Scheduler } from '@eventstream/platform/scheduler';

interface Timer {
  readonly dueMs: number;
  readonly tie: number;
  run: (() => void) | undefined;
}

/** A microtask costs less this way than by queueMicrotask. */
const settled = Promise.resolve();

/** More timers than any sound world needs. */
const timersMax = 400_000;

/** What ended a stretch of time. */
export type Stretch = 'reached' | 'time is up' | 'nothing left to happen' | 'too many timers';

/** A virtual clock and its timers: a binary heap, earliest first. */
export class WorldTime implements Scheduler {
  readonly startMs: number;
  readonly #random: () => number;
  readonly #heap: Timer[] = [];
  #nowMs: number;
  #fired = 0;
  /** While true, timers run as soon as the stack is empty: for questions that take no time. */
  #instant = false;

  constructor(random: () => number, startMs = 1_800_000_000_000) {
    this.#random = random;
    this.startMs = startMs;
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Timers that have fired so far. */
  get fired(): number {
    return this.#fired;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, ms), tie: this.#random(), run };
    if (this.#instant) void settled.then(() => timer.run?.());
    else this.#push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /** Lets time pass until `isReached`, which is asked after each timer, or for `limitMs` at most. Rejects with what a timer throws. */
  pass(isReached: () => boolean, limitMs: number): Promise<Stretch> {
    const untilMs = this.#nowMs + limitMs;
    return new Promise((resolve, reject) => {
      const nextStep = (): void => process.nextTick(step);
      const step = (): void => {
        if (isReached()) return resolve('reached');
        if (this.#fired >= timersMax) return resolve('too many timers');
        const timer = this.#pop();
        if (timer === undefined) return resolve('nothing left to happen');
        if (timer.dueMs > untilMs) {
          this.#push(timer);
          this.#nowMs = untilMs;
          return resolve('time is up');
        }
        this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
        this.#fired += 1;
        try {
          timer.run?.();
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        // A tick begins when no microtask is left, so all that this timer set off is over before the next one.
        void settled.then(nextStep);
      };
      process.nextTick(step);
    });
  }

  /** Runs something that may wait on this clock, without time passing for anybody else. */
  async instantly<T>(ask: () => Promise<T>): Promise<T> {
    this.#instant = true;
    try {
      return await ask();
    } finally {
      this.#instant = false;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  /** The next timer that has not been called off. */
  #pop(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) this.#sink(last);
      if (first.run !== undefined) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, timer)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.tie < b.tie);
}
