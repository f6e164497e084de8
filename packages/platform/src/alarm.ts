/**
 * Wakes a loop after a while at the latest, and earlier at times that others ask for. Those are rounded up to 50 ms, so
 * that a thousand requests cause only a few wake-ups.
 */
import type { Scheduler } from './scheduler.ts';

const grainMs = 50;
/** Times further away are left to the loop's own rhythm. */
const horizonMs = 5_000;

const nothing = (): void => {};

/** One loop's alarm clock. */
export class Alarm {
  readonly #scheduler: Scheduler;
  readonly #times = new Set<number>();
  #rearm: (() => void) | undefined;
  #finish: (() => void) | undefined;
  #rung = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Asks for a wake-up in so many milliseconds. */
  ringIn(ms: number): void {
    if (ms > horizonMs) return;
    this.#times.add(Math.ceil((this.#scheduler.nowMs() + ms) / grainMs) * grainMs);
    this.#rearm?.();
  }

  /** Ends the wait now, or the next one if there is none. */
  ring(): void {
    this.#rung = true;
    this.#finish?.();
  }

  /** Resolves at the next time that was asked for, after `ms` at the latest, and at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    const untilMs = this.#scheduler.nowMs() + ms;
    return new Promise((resolve) => {
      let cancel = nothing;
      const finish = (): void => {
        cancel();
        this.#rearm = undefined;
        this.#finish = undefined;
        this.#rung = false;
        signal.removeEventListener('abort', finish);
        const nowMs = this.#scheduler.nowMs();
        for (const time of this.#times) if (time <= nowMs) this.#times.delete(time);
        resolve();
      };
      const arm = (): void => {
        cancel();
        const dueMs = Math.min(untilMs, ...this.#times);
        cancel = this.#scheduler.after(Math.max(0, dueMs - this.#scheduler.nowMs()), finish);
      };
      if (signal.aborted || this.#rung) return finish();
      signal.addEventListener('abort', finish, { once: true });
      this.#finish = finish;
      this.#rearm = arm;
      arm();
    });
  }
}
