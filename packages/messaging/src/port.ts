/**
 * How facts travel. The broker is a fast copy of the log that may be lost and rebuilt; nothing here is the truth.
 * Two sides: the relay writes a log's events at sequence = position, and consumers are handed them, at least once.
 */
import type { EventId, EventType, Incarnation, LogName, Position, RecordedEvent } from '@eventstream/contracts';

/** An event as the broker keeps it and hands it over. */
export interface Envelope {
  readonly event: RecordedEvent;
  /** The incarnation the event was published under. */
  readonly incarnation: Incarnation;
  /** Body and metadata stayed in the store: read the event there. */
  readonly stub: boolean;
}

/** What the broker holds of a log. */
export type CopyState =
  /** The broker has no copy of this log. */
  { readonly kind: 'missing' } | ForeignCopy | OurCopy;

/** Something is there that the platform did not make; it may not touch it, and says what an operator can do. */
export interface ForeignCopy {
  readonly kind: 'foreign';
  readonly found: string;
  readonly nextStep: string;
}

/** The copy that the relay keeps. */
export interface OurCopy {
  readonly kind: 'ours';
  readonly incarnation: Incarnation;
  /** First retained position; `last + 1` when nothing is retained. */
  readonly first: Position;
  /** Last position; 0 when nothing was ever published. */
  readonly last: Position;
  /** Id of the last retained event, when there is one. */
  readonly lastId: EventId | undefined;
  /** Largest message the broker takes for this log, headers included, in bytes. */
  readonly messageBytesMax: number;
  /** How it is kept in another way than it should be, for people: somebody has changed that. */
  readonly drift?: CopyDrift | undefined;
}

/** What somebody has changed about how a copy is kept, and what to do. */
export interface CopyDrift {
  readonly reason: string;
  readonly nextStep: string;
}

/** What became of a window of events. */
export type PublishOutcome =
  | { readonly kind: 'published'; readonly last: Position }
  /** Not sure what the broker has: inspect it before going on. `last` is the last position that was surely stored, if any. */
  | { readonly kind: 'doubt'; readonly last: Position | undefined; readonly reason: string }
  /** The broker will never take this event as it is (too large, refused header): everything before it was published. */
  | { readonly kind: 'unpublishable'; readonly position: Position; readonly reason: string };

/** The relay's side of the broker: one log's copy. */
export interface LogCopy {
  /** What the broker holds now, read from its leader. Rejects when it cannot be asked. */
  inspect(): Promise<CopyState>;
  /** Makes the copy, empty, for this incarnation. Succeeds when exactly that exists already; rejects when anything else does. */
  create(incarnation: Incarnation): Promise<void>;
  /**
   * Publishes consecutive positions, in order, each only if the broker's last sequence is the position before it.
   * May be called again before an earlier call has resolved; order is kept. Never rejects for what the broker answers.
   */
  publish(events: readonly RecordedEvent[], incarnation: Incarnation): Promise<PublishOutcome>;
  /** Publishes a stub (headers, empty body) at this event's position: consumers read the body from the store. */
  publishStub(event: RecordedEvent, incarnation: Incarnation): Promise<PublishOutcome>;
  /** The retained event at a position, or undefined; for verification. `data` is empty and `stub` true for a stub. */
  read(position: Position): Promise<Envelope | undefined>;
}

/** One retained message of a copy, at its sequence. */
export type CopiedMessage =
  | (Envelope & {
      readonly kind: 'event';
      readonly position: Position;
      /** What it was published on, by which consumers choose: the event's type, unless somebody has meddled. */
      readonly subject: string;
    })
  /** Something that the relay did not publish. */
  | { readonly kind: 'unreadable'; readonly position: Position; readonly reason: string };

/** Reads a copy from end to end, for whoever compares it with the log. */
export interface CopyScan {
  /**
   * What is retained at these positions, ascending, in batches; a position that has no message is left out.
   * Only what was asked for is held in memory. Rejects when the broker does not answer.
   */
  scan(first: Position, last: Position): AsyncIterable<readonly CopiedMessage[]>;
}

/** What only an operator's command may do to a copy. */
export interface LogCopyAdmin extends LogCopy {
  /**
   * Deletes the copy with all its consumers, whatever life it belongs to; nothing is lost, the log is the truth.
   * Succeeds when there is none. Rejects when it is foreign.
   */
  destroy(): Promise<void>;
}

/** Which events a consumer wants and how they are handed over. */
export interface ConsumerSpec {
  /** Durable name, such as `paymentworker-created`. */
  readonly name: string;
  readonly log: LogName;
  /** One type, or every event of the log in order. (2.9.10 silently ignores several filters.) */
  readonly type: EventType | 'all';
  /** How long a delivery may stay unsettled before it is delivered again. */
  readonly ackWaitMs: number;
  /** How many deliveries may be unsettled at once. */
  readonly unsettledMax: number;
  /**
   * What an ack settles: this delivery (default), or this one and all before it, which suits a follower that commits
   * pages and acks the last of each.
   */
  readonly ackCovers?: 'one' | 'allBefore';
}

/** One handing-over of an event. */
export interface Delivery extends Envelope {
  /** How often the broker has handed this event to this consumer, from 1. The broker may forget: a hint, never a proof. */
  readonly deliveryCount: number;
  /** The effect is recorded: do not deliver again. Best effort, may be lost; the effect itself must be repeatable. */
  ack(): void;
  /** Deliver again after this long. */
  retry(afterMs: number): void;
  /** Still at work: restart the wait. */
  extend(): void;
}

/** How far a consumer is. */
export interface ConsumerLag {
  /** Events that match and were not handed over yet. */
  readonly pending: number;
  /** Handed over and not settled. */
  readonly unsettled: number;
  /** Handed over more than once and not settled. */
  readonly redelivered: number;
  /** Last position that was handed over. */
  readonly deliveredTo: Position;
}

/** What a durable consumer had handed over before a process opened it, and nobody had settled: whoever had it may be gone. */
export interface LeftInHand {
  /** Everything up to here was settled. */
  readonly settledTo: Position;
  /** Last position that was handed over. */
  readonly deliveredTo: Position;
}

/** A running consumer. */
export interface Consumer {
  /** Rejects when the broker cannot be asked. */
  lag(): Promise<ConsumerLag>;
  /** Hand over no more for now, and go on (backpressure, infrastructure faults). Nothing is lost or reordered by it. */
  pause(): void;
  resume(): void;
  /** No delivery arrives after this has resolved. Idempotent. The durable position stays at the broker. */
  stop(): Promise<void>;
}

/** Opens consumers. Kept alive across reconnects and made again when the broker has lost them. */
export interface ConsumerSource {
  /**
   * Resolves at once with a consumer that finds its own way, whatever the broker's state: it makes the durable
   * consumer when it is missing (from `startAfter` + 1; waits while the copy has not got there or does not exist) and
   * hands over its events, in order for each redelivery-free stretch. `onDelivery` must not throw.
   * `startAfter` is asked for anew each time the consumer has to be made. `onLeft` is told at most once, before the
   * first delivery, when the durable consumer was there and had left something unsettled: the broker delivers that again
   * only when its wait is over.
   */
  consume(
    spec: ConsumerSpec,
    startAfter: () => Promise<Position>,
    onDelivery: (delivery: Delivery) => void,
    onLeft?: (left: LeftInHand) => void,
  ): Promise<Consumer>;
}

/** Events of one type, told as they are published and to whoever listens just then. */
export interface Hearsay {
  /**
   * Calls back with each event until the answer is called. At most once, nothing of before, nothing while the broker is
   * away, and nobody knows what was missed: to be remembered in place of a read that says the same, and never the only
   * way to learn of something. `onEvent` must not throw. Does not wait for a broker that is not there yet.
   */
  listen(type: EventType, onEvent: (event: RecordedEvent) => void): () => void;
}

/**
 * How far a log's copy and its consumers have got, for callers that must not judge while others lag. Rejects when the
 * broker does not answer.
 */
export interface BrokerLag {
  /** The last position that was published; undefined when there is no copy. */
  copyLast(): Promise<Position | undefined>;
  /** How far a durable consumer of any process is; undefined when there is none of that name. */
  consumerLag(name: string): Promise<ConsumerLag | undefined>;
}

/** A consumer as the broker sees it, for people. */
export interface BrokerConsumer {
  readonly name: string;
  /** Messages that it has not been handed yet. */
  readonly pending: number;
  /** Handed over and not settled. */
  readonly unsettled: number;
  /** Of those, handed over more than once. */
  readonly redelivered: number;
  readonly deliveredTo: number;
  /** Everything up to here is settled. */
  readonly settledTo: number;
}

/** The broker in figures. `copy` is undefined when it has none of this log. */
export interface BrokerFigures {
  readonly version: string | null;
  readonly copy:
    | {
        readonly messages: number;
        readonly bytes: number;
        readonly first: number;
        readonly last: number;
        /** -1: without a limit. */
        readonly bytesMax: number;
        /** 0: without a limit. */
        readonly ageMaxMs: number;
      }
    | undefined;
  readonly consumers: readonly BrokerConsumer[];
}
