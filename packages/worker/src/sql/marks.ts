/** Marks as operators see them: read all of them, and put one where a restored or reset log needs it. */
import { incarnation, type LogName, logName, type Position, position } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import type { Mark } from '../ledger.ts';
import { unresolved } from './unresolved.ts';

/** The mark of one consumer. */
export interface MarkRow extends Mark {
  readonly consumer: string;
  readonly log: LogName;
}

/** Every consumer's mark in this database. */
export async function readMarks(session: SqlSession): Promise<readonly MarkRow[]> {
  const rows = await session.query<{
    consumer: string;
    log: string;
    position: bigint;
    incarnation: string;
  }>('select consumer, log, position, incarnation from worker_marks order by consumer, log');
  return rows.map((row) => ({
    consumer: row.consumer,
    log: logName(row.log),
    position: position(row.position),
    incarnation: incarnation(row.incarnation),
  }));
}

/**
 * Up to where a consumer has tried all of its work. That is its mark, unless earlier work waits that never had an
 * attempt which ended with an answer: being claimed, begun or set aside does not count, since in an outage all of that
 * happens and nothing gets done. Work behind a dead letter waits for people and is left out. Undefined when the
 * consumer has never worked.
 */
export async function readTried(session: SqlSession, consumer: string, log: LogName): Promise<Position | undefined> {
  const text = `select least(m.position, (
      select min(w.position) - 1 from worker_waiting w
      where w.consumer = m.consumer and w.log = m.log and w.failures = 0 and not exists (
        select 1 from dead_letters d
        where d.consumer = w.consumer and d.log = w.log and d.stream = w.stream and d.position <= w.position
          and d.state in ${unresolved}))) as position
    from worker_marks m where m.consumer = $1 and m.log = $2`;
  const [row] = await session.query<{ position: bigint }>({ name: 'worker-tried', text }, [consumer, log]);
  return row && position(row.position);
}

/**
 * Takes every mark of a log into another life of it, whose head is `head`; only for the command that begins that life.
 * A mark stays where it is, unless the new life ends before it. Workers that had halted go on by themselves, or after
 * a restart when the log had gone back. Answers how many marks there are.
 */
export function resetMarks(session: SqlSession, log: LogName, head: Mark): Promise<number> {
  return session.execute(
    `update worker_marks set position = least(position, $2::int8), incarnation = $3, changed_at = now() where log = $1`,
    [log, head.position, head.incarnation],
  );
}
