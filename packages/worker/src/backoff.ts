/** How long to wait before the next try: doubling up to a limit, with jitter so that many do not come back at once. */

/** The bounds of a series of waits, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A number from 0 to 1 each time it is asked. */
  readonly random: () => number;
}

/** The wait after the `failures`-th failure in a row (from 1): half of it fixed, half of it random. */
export function backoffMs({ firstMs, maxMs, random }: Backoff, failures: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}
