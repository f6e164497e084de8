/** How long orders took from their recorded start to their recorded approval: of those that ended lately, by one index. */
import type { Sql } from '@eventstream/platform/sql';

/** As many as say enough about a few seconds. */
const sampleMax = 200;

/** Milliseconds of sagas that came to their good end after this time, newest first. */
export async function approvalsSince(sql: Sql, saga: string, sinceMs: number): Promise<readonly number[]> {
  const rows = await sql.query<{ ms: number }>(
    {
      name: 'console-approvals',
      text: `select (extract(epoch from (since - started_at)) * 1000)::float8 as ms from sagas
             where saga = $1 and status = 'done' and since > to_timestamp($2::float8 / 1000.0)
             order by since desc, stream desc limit ${sampleMax}`,
    },
    [saga, sinceMs],
  );
  return rows.map(({ ms }) => ms);
}
