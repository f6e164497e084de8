/**
 * Counts the calls a server is working on, so that a stop can wait for them and for nothing else: HTTP/2 sessions may
 * stay open long after their last call, for instance when a caller cancelled one before it was read.
 */

/** The calls under way. */
export class CallsInHand {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** Counts a call until the answered function is called. */
  enter(): () => void {
    this.#count += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
  }

  /** Resolves once no call is under way. */
  none(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
