/**
 * The one place where a process learns what time it is. Everything that needs the time is given a Clock, so that tests
 * can stand still or run ahead.
 */

/** Tells the time. Promises nothing about steps: a machine's clock may jump, so nothing may be ordered by it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
