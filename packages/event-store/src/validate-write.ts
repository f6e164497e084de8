/**
 * Refuses, before a write joins a batch, everything that could make storing or publishing it fail: one bad write must
 * never spoil the commit of hundreds of others, nor halt the relay later. Ids and names carry brands and are checked
 * already where they were parsed.
 */
import { isUtf8 } from 'node:buffer';
import { type EventId, metadataFault, type NewEvent } from '@eventstream/contracts';
import { type AppendOutcome, type EventRegistry, type RefusalCode, type Write, writeLimits } from './port.ts';
import { eventBytes } from './scan-log.ts';

/** Why a write is refused. */
export type Refusal = Extract<AppendOutcome, { kind: 'refused' }>;

/** A write that can be stored and published, and what it weighs. */
export interface ValidWrite {
  readonly kind: 'valid';
  /** Data and metadata of all its events. */
  readonly bytes: number;
  readonly eventCount: number;
}

/** Checks a write against the registry and the limits of the port. */
export function validateWrite(write: Write, registry: EventRegistry): ValidWrite | Refusal {
  const types = registry.types.get(write.log);
  if (types === undefined) return refused('unknown-log', `there is no log ${write.log}`);
  const eventCount = write.streams.reduce((count, { events }) => count + events.length, 0);
  if (eventCount > writeLimits.eventsMax)
    return refused('too-many-events', `${eventCount} events in one write; the most is ${writeLimits.eventsMax}`);
  const repeated = findRepetition(write, eventCount);
  if (repeated !== undefined) return refused('bad-write', repeated);
  let bytes = 0;
  for (const { events } of write.streams) {
    for (const event of events) {
      const size = eventBytes(event);
      const refusal = checkEvent(event, size, types);
      if (refusal !== undefined) return refusal;
      bytes += size;
    }
  }
  if (bytes > writeLimits.writeBytesMax)
    return refused('too-large', `the write has ${bytes} bytes; the most is ${writeLimits.writeBytesMax}`);
  return { kind: 'valid', bytes, eventCount };
}

function refused(code: RefusalCode, message: string): Refusal {
  return { kind: 'refused', code, message };
}

/** A stream named twice, or an id used twice, would make "all or nothing" ambiguous. */
function findRepetition(write: Write, eventCount: number): string | undefined {
  if (eventCount === 0) return 'a write has at least one event';
  if (eventCount === 1 && write.streams.length === 1) return undefined;
  const streams = new Set<string>();
  const ids = new Set<EventId>();
  for (const { stream, events } of write.streams) {
    if (streams.has(stream)) return `stream ${stream} is named twice in one write`;
    streams.add(stream);
    if (events.length === 0) return `the write to stream ${stream} has no event`;
    for (const { id } of events) {
      if (ids.has(id)) return `event id ${id} is used twice in one write`;
      ids.add(id);
    }
  }
  return undefined;
}

function checkEvent(event: NewEvent, size: number, types: ReadonlySet<string>): Refusal | undefined {
  // The type becomes the subject it is published on: one outside the registry could address the broker's own API.
  if (!types.has(event.type)) return refused('unknown-type', `${event.type} is not an event type of this log`);
  if (size > writeLimits.eventBytesMax)
    return refused('too-large', `event ${event.id} has ${size} bytes; the most is ${writeLimits.eventBytesMax}`);
  return checkMetadata(event) ?? checkData(event);
}

function checkMetadata({ id, metadata }: NewEvent): Refusal | undefined {
  const fault = metadataFault(metadata);
  if (fault !== undefined) return refused('bad-metadata', `${fault} (event ${id})`);
  let count = 0;
  for (const _ in metadata) count += 1;
  if (count <= writeLimits.metadataEntriesMax) return undefined;
  return refused('bad-metadata', `event ${id} has ${count} metadata; the most is ${writeLimits.metadataEntriesMax}`);
}

/** Empty data is a fact without details, as the seed's programs write it. */
function checkData({ id, data }: NewEvent): Refusal | undefined {
  if (data.byteLength === 0) return undefined;
  if (!isUtf8(data)) return refused('bad-data', `the data of event ${id} is not UTF-8`);
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  try {
    // The parser refuses a raw NUL by itself; an escaped one is legal JSON that no text column can hold.
    const value: unknown = JSON.parse(text);
    if (text.includes('\\u0000') && hasNul(value))
      return refused('bad-data', `the data of event ${id} has a NUL in it`);
    return undefined;
  } catch {
    return refused('bad-data', `the data of event ${id} is not JSON`);
  }
}

/** Whether any name or text inside has a NUL. A list instead of recursion: the nesting is the caller's choice. */
function hasNul(root: unknown): boolean {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && value.includes('\0')) return true;
    if (typeof value === 'object' && value !== null) for (const entry of Object.entries(value)) open.push(...entry);
  }
  return false;
}
