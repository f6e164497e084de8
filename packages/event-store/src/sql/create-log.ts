/** Brings a log into being: its head row, without which nothing is appended. */
import { incarnation, type LogHead, type LogName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { SqlSession } from '@eventstream/platform/sql';
import { readHead } from './reading/read-events.ts';

/** Creates the log with a new incarnation unless it exists; answers where it stands. Safe when many run it at once. */
export async function createLog(sql: SqlSession, log: LogName): Promise<LogHead> {
  await sql.execute(
    'insert into log_heads (log, position, incarnation) values ($1, 0, $2) on conflict (log) do nothing',
    [log, incarnation(newId())],
  );
  return readHead(sql, log);
}
