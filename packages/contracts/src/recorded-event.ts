/**
 * What an event looks like before and after it is stored. Nothing of orders in here.
 * Data is kept as bytes: what was appended is what is stored, published and read, unchanged.
 */
import type { EventId, EventType, Incarnation, LogName, Position, Revision, StreamName } from './brands.ts';
import type { Metadata } from './metadata.ts';

/** An event that is about to be appended. */
export interface NewEvent {
  readonly id: EventId;
  readonly type: EventType;
  /** JSON text as UTF-8. */
  readonly data: Uint8Array;
  readonly metadata: Metadata;
}

/** An event that has its place in a log and in a stream. */
export interface RecordedEvent extends NewEvent {
  readonly log: LogName;
  readonly position: Position;
  readonly stream: StreamName;
  readonly revision: Revision;
  /** Database time of the commit, for people; nothing is ordered by it. Milliseconds since 1970. */
  readonly recordedAtMs: number;
}

/** Where a log stands: its last position, and which life of the log that position belongs to. */
export interface LogHead {
  readonly log: LogName;
  readonly position: Position;
  readonly incarnation: Incarnation;
}
