/**
 * What an operator's command may do to a log and no service may: bring back events that a restored database has lost,
 * and begin another life of the log. Both keep what is stored untouched.
 */
import {
  type Incarnation,
  incarnation,
  type LogHead,
  type LogName,
  type NonEmpty,
  type RecordedEvent,
} from '@eventstream/contracts';
import { CodedError, newId } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { int8Array } from './binary-arrays.ts';
import { eventArrays } from './event-arrays.ts';
import { readHead } from './reading/read-events.ts';

const insertAsTheyWere = `
  insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
  select $1, e.position, e.stream, e.revision, e.event_id, e.type, e.data, e.metadata,
    to_timestamp(e.recorded_at_ms::float8 / 1000)
  from unnest($2::int8[], $3::text[], $4::int8[], $5::uuid[], $6::text[], $7::bytea[], $8::text[], $9::int8[])
    as e (position, stream, revision, event_id, type, data, metadata, recorded_at_ms)`;

/**
 * Appends events with the ids, positions, revisions and times that they already have. Rejects with `import_not_next`
 * unless the log is in this life and the first event is the head + 1, the others following without a hole. All of them
 * are stored, or none. Answers the new head.
 */
export async function importEvents(sql: Sql, life: Incarnation, events: NonEmpty<RecordedEvent>): Promise<LogHead> {
  const { log, position: first } = events[0];
  if (events.some((event, index) => event.log !== log || event.position !== first + index))
    throw notNext(log, `the events from position ${first} on do not follow one another`);
  return sql.transaction(async (tx) => {
    const moved = await tx.execute(
      'update log_heads set position = position + $4::int8 where log = $1 and position = $2 and incarnation = $3',
      [log, first - 1, life, events.length],
    );
    if (moved !== 1) throw notNext(log, `the log does not stand at ${first - 1} in life ${life}`);
    await tx.execute(insertAsTheyWere, [
      log,
      int8Array(events.map((event) => event.position)),
      ...eventArrays(events),
      int8Array(events.map((event) => event.recordedAtMs)),
    ]);
    return readHead(tx, log);
  });
}

/** Gives the log a new incarnation, with its events untouched. Answers the head under it. Rejects with `UnknownLog`. */
export async function changeIncarnation(sql: Sql, log: LogName): Promise<LogHead> {
  await sql.execute('update log_heads set incarnation = $2 where log = $1', [log, incarnation(newId())]);
  return readHead(sql, log);
}

function notNext(log: LogName, message: string): CodedError {
  return new CodedError('import_not_next', message, {
    details: { log },
    nextStep: 'Nothing of this part was stored. Look where the log stands, and give the command again.',
  });
}
