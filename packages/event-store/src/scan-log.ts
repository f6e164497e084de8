/** Makes pages of events that are in memory, cut by the same rules as pages that a database reads. */
import { type NewEvent, nowhere, type Position, type RecordedEvent } from '@eventstream/contracts';
import { type LogFilter, type LogRange, pageEventsMax, scannedPositionsMax } from './port.ts';

/** A page ends once its events have this many bytes of data and metadata, so that it always fits a gRPC message. */
export const pageBytesMax = 1024 * 1024;

/** Throws unless the limit is a whole number from 1 to `pageEventsMax`. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageEventsMax) return;
  throw new RangeError(`a page has 1 to ${pageEventsMax} events, not ${limit}`);
}

/** Whether the filter lets everything through. */
export function isUnfiltered(filter: LogFilter): boolean {
  return filter.types === undefined && filter.streamPrefix === undefined;
}

/** Whether the event is wanted. */
function matchesFilter(event: RecordedEvent, { types, streamPrefix }: LogFilter): boolean {
  return (types?.includes(event.type) ?? true) && event.stream.startsWith(streamPrefix ?? '');
}

/** What an event counts against the limits of pages and writes: metadata by their length as text, which is ASCII. */
export function eventBytes({ data, metadata }: Pick<NewEvent, 'data' | 'metadata'>): number {
  let bytes = data.byteLength;
  for (const name in metadata) bytes += name.length + (metadata[name]?.length ?? 0);
  return bytes;
}

/** The first events of the list that make a page: up to `limit`, and no further once `pageBytesMax` is reached. */
export function takePage(events: Iterable<RecordedEvent>, limit: number): RecordedEvent[] {
  const page: RecordedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (page.length >= limit || bytes >= pageBytesMax) break;
    page.push(event);
    bytes += eventBytes(event);
  }
  return page;
}

/**
 * A page of consecutive events of a log, starting at index `start` of the list. `scannedTo` is the position of the
 * last event looked at, or undefined when there was none.
 */
export function scanLog(
  events: readonly RecordedEvent[],
  start: number,
  options: LogRange,
): { readonly events: readonly RecordedEvent[]; readonly scannedTo: Position | undefined } {
  const end = Math.min(events.length, start + scannedPositionsMax);
  let scannedTo = nowhere;
  function* wanted(): Generator<RecordedEvent> {
    for (let index = start; index < end; index += 1) {
      const event = events[index];
      if (event === undefined) return;
      if (matchesFilter(event, options)) yield event;
      // Reached only when the page has taken the event and asks for more, or the filter passed it over.
      scannedTo = event.position;
    }
  }
  const page = takePage(wanted(), options.limit);
  const last = page.at(-1)?.position ?? nowhere;
  const reached = last > scannedTo ? last : scannedTo;
  return { events: page, scannedTo: reached === nowhere ? undefined : reached };
}

/** The same for positions alone. They are small, so that only the stretch that is looked at bounds a page. */
export function scanPositions(
  events: readonly RecordedEvent[],
  start: number,
  filter: LogFilter,
): { readonly positions: readonly Position[]; readonly scannedTo: Position | undefined } {
  const stretch = events.slice(start, start + scannedPositionsMax);
  const wanted = stretch.filter((event) => matchesFilter(event, filter));
  return { positions: wanted.map((event) => event.position), scannedTo: stretch.at(-1)?.position };
}
