/** Reads a whole stream, page by page. */
import { type LogName, noRevision, type RecordedEvent, type StreamName } from '@eventstream/contracts';
import { type EventReader, pageEventsMax } from './port.ts';

/** A stream is one order's life, about a dozen events. So many more can only mean that something is wrong. */
const streamEventsMax = 100_000;

/** All events of a stream, oldest first; empty when it does not exist. Throws beyond 100,000 events. */
export async function loadStream(
  reader: EventReader,
  log: LogName,
  stream: StreamName,
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let from = noRevision;
  for (;;) {
    const page = await reader.readStream(log, stream, { direction: 'forwards', from, limit: pageEventsMax });
    events.push(...page.events);
    const last = page.events.at(-1);
    if (page.atEnd || !last) return events;
    if (events.length > streamEventsMax)
      throw new Error(`stream ${stream} of log ${log} has over ${streamEventsMax} events`);
    from = last.revision;
  }
}
