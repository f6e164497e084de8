/**
 * Events as columns: how a page of a log travels from the database through the store to whoever reads it. Many events
 * are one text and one run of bytes, taken apart only by whoever wants the events. That costs a fraction of carrying
 * each event's fields one by one, and nothing for whoever only passes the page on. The database writes the same text:
 * `sql/reading/read-log.ts`.
 */
import {
  type EventType,
  eventId,
  eventType,
  type LogName,
  type Metadata,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';

/**
 * Some events of one log, at least one. So few that no buffer on the way is large: large ones burden the garbage
 * collection.
 */
export interface EventColumns {
  /** JSON: an object of arrays of one length, `positions` and so on; an event has the same index in each. */
  readonly text: string;
  /** The data of all of them, one behind the other. */
  readonly data: Uint8Array;
}

interface Columns {
  readonly positions: readonly unknown[];
  readonly revisions: readonly unknown[];
  /** Milliseconds since 1970. */
  readonly times: readonly unknown[];
  /** How many bytes of the data are this event's. */
  readonly dataBytes: readonly unknown[];
  readonly streams: readonly unknown[];
  readonly ids: readonly unknown[];
  readonly types: readonly unknown[];
  /** Objects. */
  readonly metadata: readonly unknown[];
}

/** The columns of these events. */
export function toColumns(events: readonly RecordedEvent[]): EventColumns {
  const columns: Columns = {
    positions: events.map((event) => event.position),
    revisions: events.map((event) => event.revision),
    times: events.map((event) => event.recordedAtMs),
    dataBytes: events.map((event) => event.data.byteLength),
    streams: events.map((event) => event.stream),
    ids: events.map((event) => event.id),
    types: events.map((event) => event.type),
    metadata: events.map((event) => event.metadata),
  };
  return { text: JSON.stringify(columns), data: Buffer.concat(events.map((event) => event.data)) };
}

/** The events of these columns, each value checked. Their data are views of the columns' bytes. */
export function fromColumns(log: LogName, { text, data }: EventColumns): readonly RecordedEvent[] {
  const { positions, revisions, times, dataBytes, streams, ids, types, metadata } = parseColumns(text);
  // A log has few types: each is checked once.
  const known = new Map<unknown, EventType>();
  const typeOf = (value: unknown): EventType => {
    const type = known.get(value) ?? eventType(value);
    known.set(value, type);
    return type;
  };
  let end = 0;
  const events = positions.map((at, index): RecordedEvent => {
    const start = end;
    end += Number(dataBytes[index]);
    return {
      id: eventId(ids[index]),
      log,
      position: position(at),
      stream: streamName(streams[index]),
      revision: revision(revisions[index]),
      type: typeOf(types[index]),
      data: data.subarray(start, end),
      metadata: metadataOf(metadata[index]),
      recordedAtMs: Number(times[index]),
    };
  });
  if (end !== data.byteLength) throw new Error(`the columns tell of ${end} bytes of data, and ${data.byteLength} came`);
  return events;
}

function parseColumns(text: string): Columns {
  const parsed: unknown = JSON.parse(text);
  const columnOf = (name: keyof Columns, length?: number): readonly unknown[] => {
    const column: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
    if (Array.isArray(column) && (length === undefined || column.length === length)) return column;
    throw new Error(`the columns of events have no ${name}, or not one for each event`);
  };
  const positions = columnOf('positions');
  const { length } = positions;
  return {
    positions,
    revisions: columnOf('revisions', length),
    times: columnOf('times', length),
    dataBytes: columnOf('dataBytes', length),
    streams: columnOf('streams', length),
    ids: columnOf('ids', length),
    types: columnOf('types', length),
    metadata: columnOf('metadata', length),
  };
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
