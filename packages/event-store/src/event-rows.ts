/**
 * Events as rows: how a page of a log travels from the database through the store to whoever reads it, in the bytes in
 * which the database sent it. They are taken apart only by whoever wants the events. That costs a fraction of taking them
 * apart and writing them anew on the way, and nothing for whoever only passes them on.
 */
import {
  eventId,
  eventType,
  type LogName,
  type Metadata,
  type Position,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { RowReader } from './row-reader.ts';

/**
 * Some events of one log: a DataRow message of PostgreSQL's protocol for each, with the values of `eventRowColumns` in
 * binary. So few that no buffer on the way is large: large ones burden the garbage collection.
 */
export type EventRows = Uint8Array;

/** What a row is made of, in this order; the proto file says the same. */
export const eventRowColumns = 'position, revision, recorded_at, stream, event_id::text, type, data, metadata';
const columnCount = 8;

/** Where PostgreSQL begins to count the microseconds of a time. */
const epochMs = Date.UTC(2000, 0, 1);

type Unfinished<T> = { -readonly [Member in keyof T]: T[Member] };

/** The events of these rows, each value checked. Their data are views of the rows' bytes. Throws `store_malformed_rows`. */
export function fromRows(log: LogName, rows: EventRows): readonly RecordedEvent[] {
  const reader = new RowReader(rows, columnCount);
  const events: Unfinished<RecordedEvent>[] = [];
  const metadata: string[] = [];
  while (reader.nextRow()) {
    // A row gives its values one after the other, and the members of an object are evaluated as they are written.
    events.push({
      log,
      position: position(reader.int8()),
      revision: revision(reader.int8()),
      recordedAtMs: epochMs + Math.floor(reader.int8() / 1000),
      stream: streamName(reader.ascii()),
      id: eventId(reader.ascii()),
      type: eventType(reader.ascii()),
      data: reader.bytea(),
      metadata: {},
    });
    metadata.push(reader.ascii());
  }
  const parsed = parseAll(metadata);
  for (const [index, event] of events.entries()) event.metadata = metadataOf(parsed[index]);
  return events;
}

/** What can be told of rows without taking them apart. */
export interface RowsExtent {
  readonly count: number;
  readonly bytes: number;
  /** The position of the last event. */
  readonly last: Position | undefined;
}

/** How far these rows go. Throws `store_malformed_rows`. */
export function extentOf(pieces: readonly EventRows[]): RowsExtent {
  let count = 0;
  let bytes = 0;
  let last: number | undefined;
  for (const rows of pieces) {
    bytes += rows.byteLength;
    for (const reader = new RowReader(rows, columnCount); reader.nextRow(); count += 1) last = reader.int8();
  }
  return { count, bytes, last: last === undefined ? undefined : position(last) };
}

/**
 * Parses texts of JSON, given as a character for each byte of their UTF-8. All at once, which takes half the time of one by
 * one.
 */
function parseAll(texts: readonly string[]): readonly unknown[] {
  const list = `[${texts.join(',')}]`;
  const isAscii = Buffer.byteLength(list) === list.length;
  const parsed: unknown = JSON.parse(isAscii ? list : Buffer.from(list, 'latin1').toString('utf8'));
  if (Array.isArray(parsed) && parsed.length === texts.length) return parsed;
  throw new Error('metadata of events are not one value for each');
}

/** Metadata from parsed JSON. Throws for anything but an object. */
export function metadataOf(value: unknown): Metadata {
  if (isMetadata(value)) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`metadata of an event is not an object: ${JSON.stringify(value)}`);
  // `append` lets nothing like that in, but whoever reads the log must get past it all the same.
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, String(entry)]));
}

/** Names and values that are text. */
function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (typeof Reflect.get(value, name) !== 'string') return false;
  return true;
}
