/** A piece of work as every table of the worker has it. */
import { eventId, eventType, logName, position, revision, streamName } from '@eventstream/contracts';
import type { WorkItem } from '../work-item.ts';

/** Its columns. */
export interface WorkRow {
  readonly event_id: string;
  readonly type: string;
  readonly log: string;
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
}

/** Their names, for a select or an insert. */
export const workColumns = 'event_id, type, log, position, stream, revision';

/** The work of a row. */
export function workItemOf(row: WorkRow): WorkItem {
  return {
    eventId: eventId(row.event_id),
    type: eventType(row.type),
    log: logName(row.log),
    position: position(row.position),
    stream: streamName(row.stream),
    revision: revision(row.revision),
  };
}
