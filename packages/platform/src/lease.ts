/**
 * When a lease runs. A lease that ends further ahead than any real one could does not count: the clock has been set back
 * since, and a dead holder's lease would last for as long as that jump. Twice the time is allowed, because an asker that
 * waited for the row judges by the time at which it asked. `endsTooFarAhead` of the SQL part is the same rule.
 */

/** A lease as whoever wants it finds it. */
export interface FoundLease {
  readonly untilMs: number;
  readonly nowMs: number;
  /** For how long leases of this kind are given. */
  readonly ttlMs: number;
}

/** Whether the lease keeps others out. */
export function leaseRuns({ untilMs, nowMs, ttlMs }: FoundLease): boolean {
  return untilMs > nowMs && untilMs <= nowMs + 2 * ttlMs;
}
