/** A bell for one sleeper. Rung while nobody sleeps, it is remembered, so no ring is ever missed. */
import type { Scheduler } from '@eventstream/platform/scheduler';

/** Sleeps until rung, or until time is up. */
export class Wake {
  readonly #scheduler: Scheduler;
  #rung = false;
  #rouse: (() => void) | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Ends the sleep under way, or the next one at once. */
  ring(): void {
    this.#rung = true;
    this.#rouse?.();
  }

  /** Resolves when rung since the last sleep, or after `ms`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        this.#rouse = undefined;
        this.#rung = false;
        resolve();
      };
      const cancel = this.#scheduler.after(this.#rung ? 0 : ms, finish);
      this.#rouse = finish;
    });
  }
}
