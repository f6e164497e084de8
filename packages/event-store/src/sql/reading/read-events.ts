/** Reads heads and events: prepared statements, pages bounded by rows and by bytes. */
import {
  type EventId,
  eventId,
  eventType,
  incarnation,
  type LogHead,
  type LogName,
  logName,
  noRevision,
  position,
  type RecordedEvent,
  type Revision,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type { SqlSession, Statement } from '@eventstream/platform/sql';
import { metadataOf } from '../../event-rows.ts';
import { type StreamPage, type StreamRange, UnknownLog } from '../../port.ts';
import { checkLimit, pageBytesMax } from '../../scan-log.ts';
import { textArray, uuidArray } from '../binary-arrays.ts';

/** A row of `events`. */
export interface EventRow {
  readonly log: string;
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly data: Buffer;
  readonly metadata: string;
  readonly recorded_at: Date;
}

/** The columns of an `EventRow`, for a select. */
export const eventColumns = 'log, position, stream, revision, event_id, type, data, metadata, recorded_at';

const selectHead = 'select position, incarnation from log_heads where log = $1';

/** Where the log stands. Throws `UnknownLog`. */
export function readHead(sql: SqlSession, log: LogName): Promise<LogHead> {
  return queryHead(sql, log, { name: 'es_head', text: selectHead });
}

/** The same, and keeps others from moving the head until the transaction ends. */
export function lockHead(tx: SqlSession, log: LogName): Promise<LogHead> {
  return queryHead(tx, log, { name: 'es_lock_head', text: `${selectHead} for update` });
}

async function queryHead(sql: SqlSession, log: LogName, statement: Statement): Promise<LogHead> {
  const [row] = await sql.query<{ position: bigint; incarnation: string }>(statement, [log]);
  if (row === undefined) throw new UnknownLog(log);
  return { log, position: position(row.position), incarnation: incarnation(row.incarnation) };
}

/** The events stored under these ids, in whichever log. */
export async function readByIds(sql: SqlSession, ids: readonly EventId[]): Promise<readonly RecordedEvent[]> {
  if (ids.length === 0) return [];
  const statement = { name: 'es_by_ids', text: `select ${eventColumns} from events where event_id = any($1::uuid[])` };
  return (await sql.query<EventRow>(statement, [uuidArray(ids)])).map(eventOfRow);
}

/**
 * The rows of an ordered, limited selection up to the one that reaches `pageBytesMax`. The sum is made in the database,
 * so that a page of large events never crosses the wire only to be thrown away. `columns`: what is made of the events'.
 */
export function boundedPage(selection: string, order: string, columns = eventColumns): string {
  return `select ${columns} from (
      select ${eventColumns}, coalesce(sum(octet_length(data) + octet_length(metadata)) over (
        order by ${order} rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from (${selection}) as wanted
    ) as summed where bytes_before < ${pageBytesMax} order by ${order}`;
}

const backwards = {
  name: 'es_stream_backwards',
  text: boundedPage(
    `select ${eventColumns} from events where log = $1 and stream = $2 and revision < $3 order by revision desc limit $4`,
    'revision desc',
  ),
};

/** A page of a stream before a revision, backwards; 0: from its end. */
export async function readStreamBackwards(
  sql: SqlSession,
  { log, stream }: { readonly log: LogName; readonly stream: StreamName },
  { from, limit }: Pick<StreamRange, 'from' | 'limit'>,
): Promise<StreamPage> {
  checkLimit(limit);
  const before = from === noRevision ? Number.MAX_SAFE_INTEGER : from;
  const events = (await sql.query<EventRow>(backwards, [log, stream, before, limit])).map(eventOfRow);
  const last = events.at(-1);
  return { events, atEnd: last === undefined || last.revision === 1 };
}

/** The last revision of each of these streams that has events. */
export async function readRevisions(
  sql: SqlSession,
  log: LogName,
  streams: readonly StreamName[],
): Promise<ReadonlyMap<StreamName, Revision>> {
  if (streams.length === 0) return new Map();
  // One probe at the end of each stream in the index, however long the streams are.
  const statement = {
    name: 'es_revisions',
    text: `select wanted.stream, (
        select revision from events where events.log = $1 and events.stream = wanted.stream
        order by revision desc limit 1) as revision
      from unnest($2::text[]) as wanted (stream)`,
  };
  const rows = await sql.query<{ stream: string; revision: bigint | null }>(statement, [log, textArray(streams)]);
  return new Map(rows.map((row) => [streamName(row.stream), revision(row.revision ?? 0)]));
}

/** Whether a page may have been ended by its bytes; counted as the statement counts (metadata is ASCII). */
export function isFull(rows: readonly EventRow[]): boolean {
  let bytes = 0;
  for (const { data, metadata } of rows) bytes += data.byteLength + metadata.length;
  return bytes >= pageBytesMax;
}

/** A row as the event it holds. */
export function eventOfRow(row: EventRow): RecordedEvent {
  return {
    id: eventId(row.event_id),
    log: logName(row.log),
    position: position(row.position),
    stream: streamName(row.stream),
    revision: revision(row.revision),
    type: eventType(row.type),
    data: row.data,
    metadata: metadataOf(JSON.parse(row.metadata)),
    recordedAtMs: row.recorded_at.getTime(),
  };
}
