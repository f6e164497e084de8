/**
 * What reads the whole log in order and keeps its own checkpoint: the projector and the saga coordinator.
 * The follower hands pages to a `LogSink`; the sink commits its rows and the checkpoint in one transaction.
 */
import type { Incarnation, Position, RecordedEvent } from '@eventstream/contracts';

/** How far a sink has got, and in which life of the log. */
export interface Checkpoint {
  readonly position: Position;
  /** Undefined before the first event. */
  readonly incarnation: Incarnation | undefined;
}

/** What became of a page. */
export type SinkOutcome =
  | { readonly kind: 'committed' }
  /** The checkpoint is not where the page begins (another instance was faster): load the checkpoint and go on from there. */
  | { readonly kind: 'moved' };

/** Something that folds the log into rows. */
export interface LogSink {
  readonly name: string;
  checkpoint(): Promise<Checkpoint>;
  /**
   * Applies consecutive positions, the first being checkpoint + 1, and moves the checkpoint to the last one, in one
   * transaction. An event that can't be applied becomes a dead letter in that same transaction, with the rest of its
   * stream parked. Rejects (and has changed nothing) when the database cannot answer.
   */
  apply(events: readonly RecordedEvent[], incarnation: Incarnation): Promise<SinkOutcome>;
  /**
   * Whether nobody waits for what comes of this event, so that it may be applied a little later together with others.
   * Absent: somebody always does.
   */
  mayWait?(event: RecordedEvent): boolean;
}
