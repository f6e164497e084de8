/** The bounds of a worker. Everything that could grow or last without end has one. */

/** Times in milliseconds. */
export interface WorkerLimits {
  /** Handlers of one event type that run at once. */
  readonly atOnceMax: number;
  /** Deliveries of one event type that the broker may have handed over unsettled. */
  readonly unsettledMax: number;
  /** How long a delivery or a claim stays ours without a sign of life; given every third of it. */
  readonly ackWaitMs: number;
  /** How long one attempt may take before it counts as failed. */
  readonly attemptMs: number;
  /** Waits between attempts at an event. */
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** Waits between tries to reach what does not answer: shorter, since all work stands still meanwhile. */
  readonly pauseFirstMs: number;
  readonly pauseMaxMs: number;
  /** Attempts after which a handler that throws unforeseen errors has made a dead letter. */
  readonly attemptsMax: number;
  /** Attempts that ended with their process, after which the event is a dead letter without being tried again. */
  readonly crashesMax: number;
  /** How often due work is looked for. */
  readonly tickMs: number;
  /** How often the store is searched for work that the broker did not deliver. */
  readonly sweepEveryMs: number;
  /** How long an event may be in the store without being delivered before the sweeper takes it. */
  readonly graceMs: number;
  /** Unsettled events that are remembered from searching the store; beyond, the search waits. */
  readonly rememberedMax: number;
}

/** What suits a service on its own. */
export const defaultWorkerLimits: WorkerLimits = {
  atOnceMax: 256,
  unsettledMax: 1_000,
  ackWaitMs: 30_000,
  attemptMs: 120_000,
  backoffFirstMs: 500,
  backoffMaxMs: 60_000,
  pauseFirstMs: 100,
  pauseMaxMs: 5_000,
  attemptsMax: 8,
  crashesMax: 5,
  tickMs: 1_000,
  sweepEveryMs: 15_000,
  // Longer than the ack wait: what a crash left unsettled is the broker's to deliver again.
  graceMs: 35_000,
  rememberedMax: 10_000,
};
