/** Lets costly work run for a small share of the time only: what took long waits long before it runs again. */

/** Bounds work by the time it takes. */
export class DutyCycle {
  readonly #share: number;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #running = false;

  /** `share`: of the time, such as 0.02 for at most 2 %. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Runs the work, or does nothing while it is not due. `tickMs` is a clock that only goes forwards. */
  async runWhenDue(tickMs: () => number, work: () => Promise<void>): Promise<void> {
    const beganMs = tickMs();
    if (this.#running || beganMs < this.#notBeforeMs) return;
    this.#running = true;
    try {
      await work();
    } finally {
      this.#running = false;
      const endedMs = tickMs();
      this.#notBeforeMs = endedMs + (endedMs - beganMs) * (1 / this.#share - 1);
    }
  }

  /** Due at once, as nothing was ever run; false, and nothing done, while the work runs. */
  forgive(): boolean {
    if (this.#running) return false;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    return true;
  }
}
