/** Lists sagas for people: by status and age, stuck ones first of all, page by page. */
import type { Sql } from '@eventstream/platform/sql';
import { decodePlace, encodePlace, type SagaPage, type SagaQuery, sagaPageMax } from '../saga-store.ts';
import { rowColumns, type StoredSaga, toEntry } from './saga-rows.ts';

type Listed = StoredSaga & { readonly is_stuck: boolean; readonly since: Date };

/** One page, those that have had their status longest first. Throws `cursor_unknown` for a cursor that is not ours. */
export async function listSagas(sql: Sql, saga: string, query: SagaQuery): Promise<SagaPage> {
  const limit = Math.min(Math.max(1, query.limit), sagaPageMax);
  const place = query.cursor === undefined ? undefined : decodePlace(query.cursor);
  const values: unknown[] = [saga];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['saga = $1'];
  if (query.status !== undefined) conditions.push(`status = ${given(query.status)}`);
  if (query.stuck === true) conditions.push('stuck_at <= now()');
  if (query.stuck === false) conditions.push('(stuck_at is null or stuck_at > now())');
  if (query.olderThanMs !== undefined)
    conditions.push(`since <= now() - ${given(query.olderThanMs)}::float8 * interval '1 millisecond'`);
  if (place) {
    const since = `to_timestamp(${given(place.sinceMs)}::float8 / 1000.0)`;
    conditions.push(`(since > ${since} or (since = ${since} and stream > ${given(place.stream)}))`);
  }
  const rows = await sql.query<Listed>(
    `select ${rowColumns}, since, coalesce(stuck_at <= now(), false) as is_stuck from sagas
     where ${conditions.join(' and ')} order by since, stream limit ${given(limit + 1)}`,
    values,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const sagas = shown.map(toEntry);
  return rows.length > shown.length && last
    ? { sagas, next: encodePlace({ sinceMs: last.since.getTime(), stream: last.stream }) }
    : { sagas };
}
