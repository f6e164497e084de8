/** The bounds of a follower. Everything that could grow or last without end has one. */

/** Times in milliseconds. */
export interface FollowerLimits {
  readonly pageEventsMax: number;
  readonly pageBytesMax: number;
  /** How long events that may wait (`LogSink.mayWait`) are gathered into a page. */
  readonly gatherMs: number;
  /** Deliveries that the broker may have handed over unsettled. */
  readonly unsettledMax: number;
  readonly ackWaitMs: number;
  /** How often the checkpoint is compared with the head. */
  readonly pollMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
}

/** What suits a service on its own. */
export const defaultFollowerLimits: FollowerLimits = {
  pageEventsMax: 1_000,
  pageBytesMax: 4 * 1024 * 1024,
  gatherMs: 0,
  unsettledMax: 4_000,
  ackWaitMs: 30_000,
  pollMs: 1_000,
  backoffFirstMs: 200,
  backoffMaxMs: 10_000,
};
