/** Reads eventstoredb for a verification: what the log as a whole says, and its events stream by stream. */
import {
  incarnation,
  type LogName,
  type Position,
  position,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { type EventRow, eventColumns, eventOfRow } from '@eventstream/event-store/sql';
import type { Sql } from '@eventstream/platform/sql';
import type { Keyed } from '../sorted-cursor.ts';
import type { VerificationSources } from '../verification-sources.ts';
import { pageRows, pagesByKey } from './pages-by-key.ts';

/** Counting a whole log takes its time. */
const slowMs = 600_000;

/** How many events there are, and whether they are where they belong. */
export async function readDensity(sql: Sql, log: LogName): ReturnType<VerificationSources['density']> {
  // One statement, one snapshot: the head and what is counted belong together.
  const rows = await sql.transaction((tx) =>
    tx.query<{ head: bigint; incarnation: string; count: bigint; first: bigint; last: bigint }>(
      {
        text: `select h.position as head, h.incarnation, e.count, e.first, e.last
               from log_heads h, (select count(*) as count, coalesce(min(position), 0) as first, coalesce(max(position), 0) as last
                 from events where log = $1) e
               where h.log = $1`,
        timeoutMs: slowMs,
      },
      [log],
    ),
  );
  const row = rows[0];
  if (!row) throw new Error(`there is no log ${log}`);
  const isDense = row.count === row.head && row.last === row.head;
  return {
    head: position(row.head),
    incarnation: incarnation(row.incarnation),
    count: Number(row.count),
    first: position(row.first),
    last: position(row.last),
    ...(isDense ? {} : { firstMissing: await readFirstMissing(sql, log) }),
    repeatedId: await readRepeatedId(sql, log),
  };
}

/** Where the positions stop being 1, 2, 3 … for the first time. */
async function readFirstMissing(sql: Sql, log: LogName): Promise<Position> {
  const rows = await sql.query<{ missing: bigint }>(
    `select min(position) as missing from (
       select 1 as position where not exists (select 1 from events where log = $1 and position = 1)
       union all
       select e.position + 1 from events e where e.log = $1
         and not exists (select 1 from events n where n.log = $1 and n.position = e.position + 1)) as ends`,
    [log],
  );
  return position(rows[0]?.missing ?? 1n);
}

/** An id that two events have; the unique key forbids it, as long as it is there. */
async function readRepeatedId(sql: Sql, log: LogName): Promise<string | undefined> {
  const rows = await sql.transaction((tx) =>
    tx.query<{ event_id: string }>(
      {
        text: 'select event_id from events where log = $1 group by event_id having count(*) > 1 limit 1',
        timeoutMs: slowMs,
      },
      [log],
    ),
  );
  return rows[0]?.event_id;
}

/** What the role may do to events beyond reading and adding, also as a role that it may take; undefined when there is no such role. */
export async function readForbiddenRights(sql: Sql, role: string): ReturnType<VerificationSources['forbiddenRights']> {
  const known = await sql.query('select 1 from pg_roles where rolname = $1', [role]);
  if (known.length === 0) return undefined;
  const own = await readRightsOf(sql, role);
  if (own.length > 0) return own.map((right) => `role ${role} may ${right}`);
  // Rights of a role that it belongs to and does not inherit from are not its own until it says SET ROLE.
  const others = await sql.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname <> $1 and pg_has_role($1, oid, 'MEMBER') order by rolname`,
    [role],
  );
  const found: string[] = [];
  for (const { rolname } of others)
    found.push(...(await readRightsOf(sql, rolname)).map((right) => `role ${role} may ${right}, as ${rolname}`));
  return found;
}

async function readRightsOf(sql: Sql, role: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const right of ['update', 'delete', 'truncate']) {
    const rows = await sql.query<{ allowed: boolean }>('select has_table_privilege($1, $2, $3) as allowed', [
      role,
      'events',
      right,
    ]);
    if (rows[0]?.allowed) found.push(`${right} events`);
  }
  const rows = await sql.query<{ allowed: boolean }>(
    `select has_any_column_privilege($1, 'events', 'update') as allowed`,
    [role],
  );
  if (rows[0]?.allowed && found.length === 0) found.push('update a column of events');
  return found;
}

/** Which of the streams have no event. */
export async function readMissing(
  sql: Sql,
  log: LogName,
  streams: readonly StreamName[],
): Promise<readonly StreamName[]> {
  const rows = await sql.query<{ stream: string }>(
    `select wanted.stream from unnest($2::text[]) as wanted (stream)
     where not exists (select 1 from events where log = $1 and events.stream = wanted.stream)`,
    [log, streams],
  );
  return rows.map((row) => streamName(row.stream));
}

const eventsStatement = {
  name: 'verify-streams',
  text: `select ${eventColumns} from events where log = $1 and (stream, revision) > ($2, $3) and position <= $4
         order by stream, revision limit ${pageRows}`,
};

/** Every event up to a position, by stream and revision, page by page. */
export async function* readEvents(sql: Sql, log: LogName, upTo: Position): AsyncGenerator<readonly RecordedEvent[]> {
  const first = { stream: '', revision: 0n };
  const read = (after: typeof first) => sql.query<EventRow>(eventsStatement, [log, after.stream, after.revision, upTo]);
  for await (const rows of pagesByKey(first, read, (row) => row)) yield rows.map(eventOfRow);
}

/** Events that lie together by stream, each stream as one. */
export async function* eachStream(
  events: AsyncIterable<RecordedEvent>,
): AsyncGenerator<Keyed<readonly RecordedEvent[]>> {
  let open: RecordedEvent[] = [];
  for await (const event of events) {
    const previous = open[0];
    if (previous && previous.stream !== event.stream) {
      yield { key: previous.stream, value: open };
      open = [];
    }
    open.push(event);
  }
  const last = open[0];
  if (last) yield { key: last.stream, value: open };
}
