/** How long to wait before the next try: doubling up to a limit. */

/** The bounds of a series of waits, and how much of each is left to chance, so that many do not come back at once. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** How much of a wait is random: nothing, the second half, or all of it. */
  readonly jitter: 'none' | 'half' | 'full';
  /** A number from 0 to 1 each time it is asked. Default: Math.random. */
  readonly random?: () => number;
}

const fixedShare = { none: 1, half: 0.5, full: 0 } as const;

/** The wait after the `failures`-th failure in a row (from 1), in whole milliseconds. */
export function backoffMs({ firstMs, maxMs, jitter, random = Math.random }: Backoff, failures: number): number {
  const longest = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  const fixed = longest * fixedShare[jitter];
  return Math.round(fixed === longest ? longest : fixed + (longest - fixed) * random());
}
