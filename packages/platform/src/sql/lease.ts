/** The rule of `leaseRuns` for leases that are rows. */

/**
 * SQL that is true when a lease ends further ahead than any real one could, and so does not count.
 * @param until the column of its end.
 * @param ttlMs SQL for how long leases of this kind are given, in milliseconds.
 */
export function endsTooFarAhead(until: string, ttlMs: string): string {
  return `${until} > now() + 2 * ${ttlMs} * interval '1 millisecond'`;
}
