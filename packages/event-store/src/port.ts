/**
 * The event store as its callers see it: append, read, follow. Every adapter (memory, SQL, gRPC client) keeps the
 * same promises and runs the same contract suite.
 *
 * Promises: positions of a log are 1..n without a hole and visible in commit order; revisions of a stream are 1..k;
 * what was acknowledged is stored; repeating a write with the same ids and content returns the original answer.
 */
import {
  type EventId,
  type EventType,
  type Incarnation,
  type LogHead,
  type LogName,
  type NewEvent,
  type NonEmpty,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { EventRows } from './event-rows.ts';

/** The revision the writer saw (0: the stream must not exist), or `any`: whatever it is now. */
export type ExpectedRevision = Revision | 'any';

/** What to append to one stream. */
export interface StreamWrite {
  readonly stream: StreamName;
  readonly expected: ExpectedRevision;
  readonly events: NonEmpty<NewEvent>;
}

/** One atomic write over streams of one log: all of it is stored, or nothing. A stream is named at most once. */
export interface Write {
  readonly log: LogName;
  readonly streams: NonEmpty<StreamWrite>;
}

/** Where one event of a write went. */
export interface AppendedEvent {
  readonly position: Position;
  readonly revision: Revision;
  readonly recordedAtMs: number;
}

/** What became of a write. Each write of a batch has its own; another caller's conflict never touches it. */
export type AppendOutcome =
  /** Stored. `repeated`: it was stored before, with the same content, and these are its original places. */
  | {
      readonly kind: 'appended';
      readonly events: NonEmpty<AppendedEvent>;
      readonly repeated: boolean;
      readonly incarnation: Incarnation;
    }
  /** The stream has moved on: reload, decide again. Of several such streams in a write, one is named. */
  | {
      readonly kind: 'conflict';
      readonly stream: StreamName;
      readonly expected: Revision;
      readonly actual: Revision;
    }
  /** The id is known with another stream, type or data, or only some of the write's ids are known: reload, decide again. */
  | { readonly kind: 'idReused'; readonly eventId: EventId }
  /** The write can never be stored or published as it is. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

/** Every reason why a write can never be stored as it is. */
export const refusalCodes = [
  'unknown-log',
  'unknown-type',
  'bad-data',
  'bad-metadata',
  'too-large',
  'too-many-events',
  'bad-write',
] as const;
/** Why a write can never be stored as it is. */
export type RefusalCode = (typeof refusalCodes)[number];

/** One page of a stream. */
export interface StreamPage {
  /** In the direction that was asked for. */
  readonly events: readonly RecordedEvent[];
  /** No event lies beyond this page in that direction. */
  readonly atEnd: boolean;
}

/** How far a page of a log has looked, and where the log stood. */
export interface LogScan {
  /** Everything up to here has been looked at: the next page starts after it. */
  readonly scannedTo: Position;
  readonly head: Position;
  readonly incarnation: Incarnation;
}

/** One page of a log. */
export interface LogPage extends LogScan {
  /** Those that passed the filter, in order. */
  readonly events: readonly RecordedEvent[];
}

/** One page of a log, with its events still as rows. */
export interface RowPage extends LogScan {
  /** In order. */
  readonly rows: readonly EventRows[];
}

/** Where the wanted events of a stretch of a log are, and not what they say. */
export interface PositionPage extends LogScan {
  /** Of those that passed the filter, in order. */
  readonly positions: readonly Position[];
}

/** Which events of a log are wanted; absent means all. */
export interface LogFilter {
  readonly types?: readonly EventType[] | undefined;
  readonly streamPrefix?: string | undefined;
}

/** Which events of a log a page shall have. */
export interface LogRange extends LogFilter {
  /** 1 to `pageEventsMax`. */
  readonly limit: number;
}

/** Which events of a log are followed, and until when. */
export interface SubscribeOptions extends LogFilter {
  readonly signal: AbortSignal;
}

/** Which part of a stream is wanted. */
export interface StreamRange {
  readonly direction: 'forwards' | 'backwards';
  /** Forwards: after this revision (0: from the first). Backwards: before this revision (0: from the last). */
  readonly from: Revision;
  /** 1 to `pageEventsMax`. */
  readonly limit: number;
}

/** The most events a page may have. */
export const pageEventsMax = 1000;

/** The most positions that one page of a filtered read looks at: a rare type must not turn a page into a full scan. */
export const scannedPositionsMax = 10_000;

/**
 * The largest answer to a read, for whoever transports it. A page of events that `append` let in has about 1 MiB; but
 * an event that came into the log in another way may be far larger, and readers must still get past it.
 */
export const answerBytesMax = 64 * 1024 * 1024;

/** Limits of a write, checked before it joins a batch, so that it can never spoil the batch. */
export const writeLimits = {
  eventsMax: 100,
  /** Data plus metadata of one event; below the broker's limit for a message. */
  eventBytesMax: 256 * 1024,
  /** Data plus metadata of all events of a write: what one commit takes. */
  writeBytesMax: 1024 * 1024,
  metadataEntriesMax: 32,
} as const;

/** The store's answer when its queue is full, or too many answers are not taken. Nothing was stored; try again later. */
export class StoreOverloaded extends CodedError {
  readonly queued: number;

  constructor(
    queued: number,
    cause?: unknown,
    why = `${queued} writes are waiting, more than can be answered in time`,
  ) {
    super('store_overloaded', why, {
      details: { queued },
      cause,
      nextStep: 'nothing was stored: try again later',
    });
    this.queued = queued;
  }
}

/** What follows when the store does not answer. */
const unanswered = {
  read: 'nothing was changed: ask again; `npx eventstream status` shows what is away',
  write: 'whether it was stored is unknown: retry with the same ids; `npx eventstream status` shows what is away',
} as const;

/** The store did not answer, or its database did not. Whether a write was stored is unknown: retry with the same ids. */
export class StoreUnavailable extends CodedError {
  /** What the store was asked for: a read has changed nothing. */
  readonly asked: keyof typeof unanswered;

  constructor(asked: keyof typeof unanswered, what: string, cause?: unknown) {
    super('store_unavailable', what, { details: { asked }, cause, nextStep: unanswered[asked] });
    this.asked = asked;
  }
}

/** How long a caller waits. */
export interface AppendOptions {
  /** In how many milliseconds the caller gives up. A write that has not begun by then is dropped. */
  readonly deadlineInMs?: number;
}

/** Writes events. */
export interface EventAppender {
  /**
   * Appends one write; concurrent calls join into one commit. Refusals are outcomes.
   * Rejects with `StoreOverloaded` (not stored), `StoreUnavailable` (unknown) or `UnknownLog`.
   */
  append(write: Write, options?: AppendOptions): Promise<AppendOutcome>;
}

/** Reads events. All of it rejects with `StoreUnavailable` or `StoreOverloaded` when the store cannot answer. */
export interface EventReader {
  /** A page of a stream. An unknown stream is empty and at its end. */
  readStream(log: LogName, stream: StreamName, range: StreamRange): Promise<StreamPage>;
  /** A page of a log, after a position. `scannedTo` never goes beyond the head that was current. */
  readLog(log: LogName, after: Position, options: LogRange): Promise<LogPage>;
  /** Where the log stands; rejects with `UnknownLog` for a log that was never created. */
  head(log: LogName): Promise<LogHead>;
}

/**
 * Reads a log as `readLog` does, for callers that pass the events on without looking at them. Only the stores that have
 * rows at hand offer it.
 */
export interface LogRowReader {
  readLogRows(log: LogName, after: Position, options: LogRange): Promise<RowPage>;
}

/**
 * Says where events are, at a fraction of the cost of reading them: for callers that have most of them already and look
 * for the others.
 */
export interface PositionReader {
  /**
   * The positions of the wanted events among the next `scannedPositionsMax` after a position. `scannedTo` is as with
   * `readLog`, and so are its errors.
   */
  readPositions(log: LogName, after: Position, filter: LogFilter): Promise<PositionPage>;
}

/** Follows a log. */
export interface EventSubscriber {
  /**
   * The log after a position: what is there, then what comes, until the signal aborts. Pages arrive in order and
   * without a hole; a page may be empty of events when the filter passed none, and still moves `scannedTo`. The first
   * page may be empty too: it tells the follower where the log stands, and which life of it this is.
   */
  subscribe(log: LogName, after: Position, options: SubscribeOptions): AsyncIterable<LogPage>;
}

/** Finds one event by its id. Only the stores that hold the events offer it; it is not part of the versioned API. */
export interface EventFinder {
  /** The event of that id in that log, or undefined. Rejects with `StoreUnavailable` when the store cannot answer. */
  findEvent(log: LogName, id: EventId): Promise<RecordedEvent | undefined>;
}

/** Keeps a log from being written to. Only the stores that hold the events offer it; it is not part of the versioned API. */
export interface AppendHolder {
  /**
   * From now on appends to the log are refused with `StoreUnavailable` for this reason, those in line too; reading goes
   * on. Undefined: they are taken again.
   */
  holdAppends(log: LogName, reason: string | undefined): void;
}

/** Appends that failed one after the other, none of them by its own fault. */
export interface FailingAppends {
  /** When the first one did, milliseconds since 1970. */
  readonly sinceMs: number;
  /** Of the last one. */
  readonly cause: string;
}

/** Knows how appends have fared. Offered, like the holder, by the stores that hold the events. */
export interface AppendWatch {
  /** Undefined when the last ones succeeded, or nobody has tried for a minute. */
  failingAppends(log: LogName): FailingAppends | undefined;
}

/** The whole event store. */
export interface EventStore extends EventAppender, EventReader, PositionReader, EventSubscriber {
  /**
   * Answers what was accepted, refuses what comes later with `StoreUnavailable`, and ends subscriptions with it.
   * Idempotent.
   */
  close(): Promise<void>;
}

/** The log does not exist: the bootstrapper has not run, or the name is wrong. */
export class UnknownLog extends CodedError {
  constructor(log: string) {
    super('store_unknown_log', `there is no log ${log}`, {
      details: { log },
      nextStep: 'run `npx eventstream bootstrap`, or correct the name',
    });
  }
}

/** What the store keeps per log: which event types belong to it. Types outside it are refused. */
export interface EventRegistry {
  readonly types: ReadonlyMap<LogName, ReadonlySet<string>>;
}
