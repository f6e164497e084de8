/**
 * What an event looks like before and after it is stored. Nothing of orders in here.
 * Data is kept as bytes: what was appended is what is stored, published and read, unchanged.
 */
import type { EventId, EventType, Incarnation, LogName, Position, Revision, StreamName } from './brands.ts';

/**
 * Notes about an event that are not part of the fact: names in `metadataKeys`, values printable text.
 * Two events with the same id, stream, type and data are the same event, whatever their metadata.
 */
export type Metadata = Readonly<Record<string, string>>;

/** The metadata names that this platform reads and writes. */
export const metadataKeys = {
  /** Version of the data's schema; absent or `0` means the data came through the seed's CreateEvent. */
  schemaVersion: 'schema-version',
  /** The conversation: the order's id. */
  correlationId: 'correlation-id',
  /** The event that caused this one. */
  causationId: 'causation-id',
  /** W3C trace context of the span that appended the event. */
  traceparent: 'traceparent',
  /** Who asked: `customer`, `operator:<name>`, or a service's name. */
  actor: 'actor',
  /** How long the saga step that this event starts may take, in milliseconds, as the setting was at that time. */
  withinMs: 'within-ms',
  /** The currency in force when an event without one was accepted (ISO 4217). */
  currency: 'currency',
} as const;

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
