/**
 * Reads pages of a log. A page comes out of the database as columns, one value for all of its events: turning the
 * fields of rows into values one by one costs this process more than the reading costs the database.
 */
import { type LogName, type Position, position } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import { fromColumns } from '../../event-columns.ts';
import {
  type ColumnPage,
  type LogFilter,
  type LogPage,
  type LogRange,
  type PositionPage,
  scannedPositionsMax,
} from '../../port.ts';
import { checkLimit, isUnfiltered, pageBytesMax } from '../../scan-log.ts';
import { boundedPage, eventColumns, readHead } from './read-events.ts';

/** Where to begin. */
interface After {
  readonly log: LogName;
  readonly after: Position;
}

interface ColumnsRow {
  readonly found: bigint;
  readonly last: bigint;
  readonly bytes: bigint;
  readonly text: string;
  /** Base64, which is decoded at ten times the speed of the usual digits. */
  readonly data: string;
}

/** Joins values that need no escaping: numbers, names, ids and JSON. */
const list = (value: string, between = ','): string => `string_agg(${value}, '${between}' order by position)`;

/**
 * Selects a page in the form of `event-columns.ts`, and what tells where it ends. There is one row for every 64
 * positions, about as many bytes as a connection delivers in one piece.
 */
function asColumns(selection: string): string {
  return `select count(*) as found, max(position) as last,
      sum(octet_length(data) + octet_length(metadata))::int8 as bytes,
      '{"positions":[' || ${list('position::text')} || '],"revisions":[' || ${list('revision::text')} ||
      '],"times":[' || ${list('(extract(epoch from recorded_at) * 1000)::int8::text')} ||
      '],"dataBytes":[' || ${list('octet_length(data)::text')} || '],"streams":["' || ${list('stream', '","')} ||
      '"],"ids":["' || ${list('event_id::text', '","')} || '"],"types":["' || ${list('type', '","')} ||
      '"],"metadata":[' || ${list('metadata')} || ']}' as text,
      encode(string_agg(data, ''::bytea order by position), 'base64') as data
    from (${boundedPage(selection, 'position')}) as page
    group by position >> 6 order by position >> 6`;
}

const stretch = `from events where log = $1 and position > $2 and position <= $3`;
const isWanted = `($4::text[] is null or type = any($4::text[])) and left(stream, length($5::text)) = $5::text`;
const wholeLog = {
  name: 'es_log',
  text: asColumns(`select ${eventColumns} ${stretch} order by position limit $4`),
};
const filteredLog = {
  name: 'es_log_filtered',
  text: asColumns(`select ${eventColumns} ${stretch} and ${isWanted} order by position limit $6`),
};

/** A page of a log. */
export async function readLogPage(sql: SqlSession, from: After, options: LogRange): Promise<LogPage> {
  const { columns, ...scan } = await readColumnPage(sql, from, options);
  return { events: columns.flatMap((some) => fromColumns(from.log, some)), ...scan };
}

/** A page of a log as columns. */
export async function readColumnPage(sql: SqlSession, { log, after }: After, options: LogRange): Promise<ColumnPage> {
  checkLimit(options.limit);
  // The head is read first: every event up to it is visible to the second statement.
  const { position: head, incarnation } = await readHead(sql, log);
  if (after >= head) return { columns: [], scannedTo: head, head, incarnation };
  const unfiltered = isUnfiltered(options);
  const to = unfiltered ? head : Math.min(head, after + scannedPositionsMax);
  const rows = unfiltered
    ? await sql.query<ColumnsRow>(wholeLog, [log, after, to, options.limit])
    : await sql.query<ColumnsRow>(filteredLog, [log, after, to, ...wantedValues(options), options.limit]);
  const columns = rows.map(({ text, data }) => ({ text, data: Buffer.from(data, 'base64') }));
  const found = rows.reduce((sum, row) => sum + Number(row.found), 0);
  const bytes = rows.reduce((sum, row) => sum + Number(row.bytes), 0);
  const last = rows.at(-1)?.last;
  const isCut = last !== undefined && (found === options.limit || bytes >= pageBytesMax);
  return { columns, scannedTo: position(isCut ? last : to), head, incarnation };
}

const positionsOfLog = {
  name: 'es_positions',
  text: `select array_agg(position order by position) as positions ${stretch} and ${isWanted}`,
};

/** The positions of the wanted events after a position. */
export async function readPositionPage(
  sql: SqlSession,
  { log, after }: After,
  filter: LogFilter,
): Promise<PositionPage> {
  const { position: head, incarnation } = await readHead(sql, log);
  if (after >= head) return { positions: [], scannedTo: head, head, incarnation };
  const to = position(Math.min(head, after + scannedPositionsMax));
  const values = [log, after, to, ...wantedValues(filter)];
  const [row] = await sql.query<{ positions: readonly bigint[] | null }>(positionsOfLog, values);
  return { positions: (row?.positions ?? []).map(position), scannedTo: to, head, incarnation };
}

function wantedValues({ types, streamPrefix = '' }: LogFilter): readonly unknown[] {
  return [types ?? null, streamPrefix];
}
