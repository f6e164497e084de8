/** The one statement that stores a batch, and the one that stores nothing and only looks. */
import { type EventId, type LogHead, type Position, position } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import type { PlacedEvent } from '../../decide-batch.ts';
import { uuidArray } from '../binary-arrays.ts';
import { eventArrays } from '../event-arrays.ts';

/** What the statement found and did. */
export interface Stored {
  /**
   * The head before it: the events are at the positions behind this one. Undefined: the log is in another life, or
   * has gone back, and nothing was stored.
   */
  readonly headBefore: Position | undefined;
  /** The database's time, in whole milliseconds, which is the events' recorded time. */
  readonly recordedAtMs: number;
  /** How many of the doubtful ids were stored before; reliable only if the head was the remembered one. */
  readonly knownIds: number;
}

interface StoredRow {
  readonly head_before: bigint | null;
  readonly recorded_at_ms: bigint;
  readonly known_ids: bigint;
}

const nowMs = `(extract(epoch from date_trunc('milliseconds', now())) * 1000)::int8 as recorded_at_ms`;
const knownIds = (parameter: string) =>
  `(select count(*) from events where event_id = any(${parameter}::uuid[])) as known_ids`;

/**
 * Moves the head and inserts behind wherever it was. The update locks the head row, waits for whoever holds it, and
 * works on what that one has left, so that positions are given out one commit after the other. That the writes may be
 * stored on what they were decided on is proved by the unique keys of streams and ids. The two changes are to
 * different tables, which CockroachDB asks for.
 */
const store = {
  name: 'es_store',
  text: `with moved as (
      update log_heads set position = position + $4::int8
      where log = $1 and position >= $2::int8 and incarnation = $3 returning position - $4::int8 as head_before
    ), stored as (
      insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
      select $1, moved.head_before + e.n, e.stream, e.revision, e.event_id, e.type, e.data, e.metadata,
        date_trunc('milliseconds', now())
      from moved, unnest($5::text[], $6::int8[], $7::uuid[], $8::text[], $9::bytea[], $10::text[])
        with ordinality as e (stream, revision, event_id, type, data, metadata, n)
      returning 1
    )
    select (select head_before from moved) as head_before, ${nowMs}, ${knownIds('$11')}`,
};

const look = {
  name: 'es_look',
  text: `select (
      select position from log_heads where log = $1 and position >= $2 and incarnation = $3
    ) as head_before, ${nowMs}, ${knownIds('$4')}`,
};

/**
 * Stores a batch's events, in their order, behind the head, if the log is in the given life and not before the given
 * position; also counts which of `doubtful` were stored before. Without events it only looks. Throws 23505 when a
 * stream's revision or an id is taken; then nothing is stored.
 */
export async function storeEvents(
  sql: SqlSession,
  remembered: LogHead,
  batch: { readonly events: readonly PlacedEvent[]; readonly doubtful: readonly EventId[] },
): Promise<Stored> {
  const { events } = batch;
  const at = [remembered.log, remembered.position, remembered.incarnation];
  const doubtful = uuidArray(batch.doubtful);
  const [row] =
    events.length === 0
      ? await sql.query<StoredRow>(look, [...at, doubtful])
      : await sql.query<StoredRow>(store, [...at, events.length, ...eventArrays(events), doubtful]);
  if (row === undefined) throw new Error('a statement that always answers one row answered none');
  const headBefore = row.head_before === null ? undefined : position(row.head_before);
  return { headBefore, recordedAtMs: Number(row.recorded_at_ms), knownIds: Number(row.known_ids) };
}
