/** Every bound of the SQL store in one place. */

/** Bounds of one log's queue, batches, caches and patience. */
export interface SqlStoreLimits {
  /** Events in one commit. */
  readonly batchEventsMax: number;
  /** Data and metadata in one commit. */
  readonly batchBytesMax: number;
  /**
   * With so many writes in line a batch sets out beside the one that is under way. Fewer gain more by waiting and going
   * together.
   */
  readonly overlapFrom: number;
  /** Writes that may wait for their commit; the next one is refused. */
  readonly queuedMax: number;
  /** Data and metadata of all waiting writes. */
  readonly queuedBytesMax: number;
  /** A write that has not begun by then is dropped, one that has is no longer retried. */
  readonly answerWithinMs: number;
  /** Newest events kept in memory, for repeated ids, subscribers and the relay. */
  readonly recentEventsMax: number;
  readonly recentBytesMax: number;
  /** Streams whose revision is remembered. */
  readonly rememberedStreamsMax: number;
  /** Events in the pages of all subscriptions together: each holds a page that its subscriber may not take. */
  readonly subscribedEventsMax: number;
  /** How often the head is read while somebody follows the log: other processes write to it too. */
  readonly headPollMs: number;
}

/**
 * The defaults. At 500 events or 1 MiB per commit one more event costs as much as it saves. What is remembered covers
 * the seconds in which answers are repeated and orders move on; more would make each look-up and each garbage
 * collection dearer.
 */
export const defaultLimits: SqlStoreLimits = {
  batchEventsMax: 500,
  batchBytesMax: 1024 * 1024,
  overlapFrom: 32,
  queuedMax: 4_096,
  queuedBytesMax: 32 * 1024 * 1024,
  answerWithinMs: 5_000,
  recentEventsMax: 4_000,
  recentBytesMax: 16 * 1024 * 1024,
  rememberedStreamsMax: 10_000,
  subscribedEventsMax: 8_000,
  headPollMs: 200,
};
