/**
 * What everything that waits uses to measure time and to be called later. It is passed in, so that a simulator can own
 * it.
 */

/** Measures time and calls back later. */
export interface Scheduler {
  /**
   * Milliseconds since 1970 by a count of its own, which never jumps: otherwise, when the machine's clock is set back,
   * everything would wait that much longer. For the time of day there is `Clock`.
   */
  nowMs(): number;
  /** Calls `run` once, not before `ms` have passed and never within this call. Returns how to call it off. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own timers, and what has passed since this process began. */
export const systemScheduler: Scheduler = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after(ms, run) {
    if (ms <= 0) {
      const soon = setImmediate(run);
      return () => clearImmediate(soon);
    }
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Calls `run` every `ms`, and passes a turn over while it is still at work: one at a time, however slowly it is done.
 * Returns how to end that, which waits for the one under way. `run` must not reject.
 */
export function every(scheduler: Scheduler, ms: number, run: () => Promise<void>): () => Promise<void> {
  let cancel = scheduler.after(ms, tick);
  let running: Promise<void> | undefined;
  function tick(): void {
    cancel = scheduler.after(ms, tick);
    running ??= run().finally(() => {
      running = undefined;
    });
  }
  return async () => {
    cancel();
    await running;
  };
}

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export function waitFor(scheduler: Scheduler, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = scheduler.after(ms, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
