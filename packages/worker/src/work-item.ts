/** A piece of work: one event that one consumer has to handle, named by its place in the log. */
import {
  type EventId,
  type EventType,
  type LogName,
  type Position,
  position as positionAt,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';

/** Which event a piece of work is about. The event itself is not copied: the log has it. */
export interface WorkItem {
  readonly eventId: EventId;
  readonly type: EventType;
  readonly log: LogName;
  readonly position: Position;
  readonly stream: StreamName;
  readonly revision: Revision;
}

/** The piece of work alone, of something that holds more beside it. */
export function workItemIn({ eventId, type, log, position, stream, revision }: WorkItem): WorkItem {
  return { eventId, type, log, position, stream, revision };
}

/** Where an event stands in the log, as work to be done. */
export function workOf(event: RecordedEvent): WorkItem {
  return workItemIn({ ...event, eventId: event.id });
}

/** Says of work that the store has no such event: a log in another life has left it behind. */
export function notInTheStore({ log, position, eventId }: WorkItem): string {
  return `log ${log} has no event ${eventId} at position ${position}: the store was restored or reset`;
}

/** The event that work is about, read from the store; undefined when another one or none is at its place. */
export async function eventOf(
  { log, position, eventId }: WorkItem,
  store: Pick<EventReader, 'readLog'>,
): Promise<RecordedEvent | undefined> {
  const page = await store.readLog(log, positionAt(position - 1), { limit: 1 });
  return page.events.find((event) => event.position === position && event.id === eventId);
}
