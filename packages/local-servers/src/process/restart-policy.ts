/** How long to wait before a process that ended by itself is started again. */
import { backoffMs } from '@eventstream/platform';

/** Waiting times of restarts, in milliseconds. */
export interface RestartPolicy {
  /** Wait before the first restart. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** A run that lasted this long was a good one: the next wait is the first one again. */
  readonly stableMs: number;
  /** A process that was ready and has not been for so long is ended, and started again. Default: it is left alone. */
  readonly unreadyMaxMs?: number;
  /**
   * A round of asking counts for no longer as silence: one that took longer says that whoever asks stood still, because
   * its machine slept or somebody stopped it, and judged late. Default 5 s.
   */
  readonly roundMaxMs?: number;
}

/** About as long as the slowest probe waits for its answers. */
export const defaultRoundMaxMs = 5_000;

/** The policy used when none is given. */
export const defaultRestartPolicy: RestartPolicy = { firstMs: 250, maxMs: 15_000, stableMs: 30_000 };

/**
 * Wait before restart number `restart` (1 is the first) after a stable run: doubles each time up to the maximum; the half of
 * it is random, so that processes which failed together don't come back together. `random` is in [0, 1).
 */
export function restartDelayMs(restart: number, policy: RestartPolicy, random: number): number {
  return backoffMs({ ...policy, jitter: 'half', random: () => random }, restart);
}
