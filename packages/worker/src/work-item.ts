/** A piece of work: one event that one consumer has to handle, named by its place in the log. */
import type {
  EventId,
  EventType,
  LogName,
  Position,
  RecordedEvent,
  Revision,
  StreamName,
} from '@eventstream/contracts';

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
