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

/** Calls `run` every `ms`, however long it takes. Returns how to end that. */
export function every(scheduler: Scheduler, ms: number, run: () => void): () => void {
  let cancel = scheduler.after(ms, tick);
  function tick(): void {
    cancel = scheduler.after(ms, tick);
    run();
  }
  return () => cancel();
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
