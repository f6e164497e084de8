/** How a relay behaves: its bounds and its rhythm. Times in milliseconds. */
import type { FollowLimits } from './follow.ts';

/** Everything that could grow or last without end has a bound. */
export interface RelaySettings extends FollowLimits {
  readonly feedEventsMax: number;
  readonly feedBytesMax: number;
  /** How long a dead leader is waited for. */
  readonly leaseMs: number;
  /** How often a halted relay looks whether it may go on. */
  readonly haltedRecheckMs: number;
  /** Between attempts while nothing works, doubling from the first to the second. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** The defaults of `RelaySettings`. */
export const defaultRelaySettings: RelaySettings = {
  windowEventsMax: 256,
  inFlightEventsMax: 1_024,
  inFlightBytesMax: 16 * 1024 * 1024,
  headPollMs: 200,
  auditMs: 5_000,
  feedEventsMax: 8_192,
  feedBytesMax: 16 * 1024 * 1024,
  leaseMs: 5_000,
  haltedRecheckMs: 2_000,
  retryMinMs: 20,
  retryMaxMs: 2_000,
};
