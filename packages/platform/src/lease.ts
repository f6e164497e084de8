/**
 * Judges whether a lease is running. One that ends further ahead than a real lease can does not count: the clock has
 * been set back since, and a dead holder's lease would last as long as that jump. Twice the time is allowed, because a
 * process that waited for the row's lock judges by the time at which it asked. `endsTooFarAhead` in sql/lease.ts is the
 * same rule in SQL.
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
