/** The one statement that stores a batch, and the one that only proves that nothing has changed. */
import type { EventId, Incarnation, LogName, Position } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import type { PlacedEvent } from '../decide-batch.ts';
import { byteaArray, int8Array, textArray, uuidArray } from './binary-arrays.ts';

/** The state of the log that a batch was decided on: the fence. */
export interface Fence {
  readonly log: LogName;
  readonly head: Position;
  readonly incarnation: Incarnation;
}

/** What a fenced statement found. */
export interface FencedResult {
  /** The log stood exactly at the fence, and the events (if any) are stored. False: nothing happened. */
  readonly held: boolean;
  /** The database's time, in whole milliseconds, which is the events' recorded time. */
  readonly recordedAtMs: number;
  /** How many of the doubtful ids are stored already. */
  readonly knownIds: number;
}

interface FencedRow {
  readonly held: bigint;
  readonly recorded_at_ms: bigint;
  readonly known_ids: bigint;
}

const nowMs = `(extract(epoch from date_trunc('milliseconds', now())) * 1000)::int8 as recorded_at_ms`;
const knownIds = (parameter: string) =>
  `(select count(*) from events where event_id = any(${parameter}::uuid[])) as known_ids`;

/**
 * Moves the head and inserts behind it. If another transaction moved the head first, the update waits for it, finds no
 * row, and nothing is inserted. The two changes are to different tables, which CockroachDB asks for.
 */
const store = {
  name: 'es_store',
  text: `with moved as (
      update log_heads set position = position + $4::int8
      where log = $1 and position = $2::int8 and incarnation = $3 returning 1
    ), stored as (
      insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
      select $1, $2::int8 + e.n, e.stream, e.revision, e.event_id, e.type, e.data, e.metadata,
        date_trunc('milliseconds', now())
      from moved, unnest($5::text[], $6::int8[], $7::uuid[], $8::text[], $9::bytea[], $10::text[])
        with ordinality as e (stream, revision, event_id, type, data, metadata, n)
      returning 1
    )
    select (select count(*) from moved) as held, ${nowMs}, ${knownIds('$11')}`,
};

const confirm = {
  name: 'es_confirm',
  text: `select (select count(*) from log_heads where log = $1 and position = $2 and incarnation = $3) as held,
    ${nowMs}, ${knownIds('$4')}`,
};

/**
 * Stores events that were decided on the fence's state, or does nothing when the log has moved on. Also counts which
 * of `doubtful` are stored before. Without events it only confirms the fence. Throws 23505 when a stream's revision or
 * an id is taken.
 */
export async function storeFenced(
  sql: SqlSession,
  fence: Fence,
  batch: { readonly events: readonly PlacedEvent[]; readonly doubtful: readonly EventId[] },
): Promise<FencedResult> {
  const { events } = batch;
  const at = [fence.log, fence.head, fence.incarnation];
  const doubtful = uuidArray(batch.doubtful);
  const [row] =
    events.length === 0
      ? await sql.query<FencedRow>(confirm, [...at, doubtful])
      : await sql.query<FencedRow>(store, [
          ...at,
          events.length,
          textArray(events.map((event) => event.stream)),
          int8Array(events.map((event) => event.revision)),
          uuidArray(events.map((event) => event.id)),
          textArray(events.map((event) => event.type)),
          byteaArray(events.map((event) => event.data)),
          textArray(events.map((event) => JSON.stringify(event.metadata))),
          doubtful,
        ]);
  if (row === undefined) throw new Error('a statement that always answers one row answered none');
  return { held: row.held === 1n, recordedAtMs: Number(row.recorded_at_ms), knownIds: Number(row.known_ids) };
}
