/** Reads pages of a log: whole rows, which the store only passes on. */
import { type LogName, type Position, position } from '@eventstream/contracts';
import type { NamedStatement, Sql, SqlSession } from '@eventstream/platform/sql';
import { type EventRows, eventRowColumns, extentOf, fromRows } from '../../event-rows.ts';
import {
  type LogFilter,
  type LogPage,
  type LogRange,
  type PositionPage,
  type RowPage,
  scannedPositionsMax,
} from '../../port.ts';
import { checkLimit, isUnfiltered, pageBytesMax } from '../../scan-log.ts';
import { boundedPage, eventColumns, readHead } from './read-events.ts';

/** Where to begin. */
interface After {
  readonly log: LogName;
  readonly after: Position;
}

const stretch = `from events where log = $1 and position > $2 and position <= $3`;
const isWanted = `($4::text[] is null or type = any($4::text[])) and left(stream, length($5::text)) = $5::text`;
const wholeLog = pageOf('es_log', `select ${eventColumns} ${stretch} order by position limit $4`);
const filteredLog = pageOf(
  'es_log_filtered',
  `select ${eventColumns} ${stretch} and ${isWanted} order by position limit $6`,
);
/**
 * The same, unless its events together have `pageBytesMax` or more: then nothing. Adding up all of them once costs half of
 * what a running sum for each row does.
 */
const smallPage = {
  name: 'es_log_small',
  text: `select ${eventRowColumns} ${stretch} and ${pageBytesMax} > (
      select sum(octet_length(data) + octet_length(metadata))
      from (select data, metadata ${stretch} order by position limit $4) as page
    ) order by position limit $4`,
};

function pageOf(name: string, selection: string): NamedStatement {
  return { name, text: boundedPage(selection, 'position', eventRowColumns) };
}

/** A page of a log. */
export async function readLogPage(sql: Sql, from: After, options: LogRange): Promise<LogPage> {
  const { rows, ...scan } = await readRowPage(sql, from, options);
  return { events: rows.flatMap((some) => fromRows(from.log, some)), ...scan };
}

/** A page of a log as rows. */
export async function readRowPage(sql: Sql, { log, after }: After, options: LogRange): Promise<RowPage> {
  checkLimit(options.limit);
  // The head is read first: every event up to it is visible to the second statement.
  const { position: head, incarnation } = await readHead(sql, log);
  if (after >= head) return { rows: [], scannedTo: head, head, incarnation };
  const unfiltered = isUnfiltered(options);
  const to = unfiltered ? head : position(Math.min(head, after + scannedPositionsMax));
  const rows = unfiltered
    ? await readWhole(sql, [log, after, to, options.limit])
    : await sql.wholeRows(filteredLog, [log, after, to, ...wantedValues(options), options.limit]);
  const { count, bytes, last } = extentOf(rows);
  // A row has more bytes than the statement counts, so no page that it has cut passes for a whole one.
  const isCut = last !== undefined && (count === options.limit || bytes >= pageBytesMax);
  return { rows, scannedTo: isCut ? last : to, head, incarnation };
}

async function readWhole(sql: Sql, values: readonly unknown[]): Promise<readonly EventRows[]> {
  const rows = await sql.wholeRows(smallPage, values);
  return rows.length > 0 ? rows : sql.wholeRows(wholeLog, values);
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
