/** Waiting work as operators see it: what is being tried again, since when, and why. */
import type { StreamName } from '@eventstream/contracts';
import type { SqlSession } from '@eventstream/platform/sql';
import type { WorkItem } from '../work-item.ts';
import { type WorkRow, workColumns, workItemOf } from './work-row.ts';

/** One piece of waiting work. Times are the database's, milliseconds since 1970. */
export interface WaitingWork extends WorkItem {
  readonly consumer: string;
  readonly attempts: number;
  readonly failures: number;
  readonly reason: string;
  /** When it is tried next; work behind an earlier event of its stream waits for that one. */
  readonly dueAtMs: number;
  readonly firstAtMs: number;
}

interface WaitingRow extends WorkRow {
  readonly consumer: string;
  readonly attempts: bigint;
  readonly failures: bigint;
  readonly reason: string;
  readonly due_at: Date;
  readonly first_at: Date;
}

/** Waiting work of one consumer or of one stream, or all of it, in the order of the log. */
export async function readWaiting(
  session: SqlSession,
  { consumer, stream, limit }: { readonly consumer?: string; readonly stream?: StreamName; readonly limit: number },
): Promise<readonly WaitingWork[]> {
  const rows = await session.query<WaitingRow>(
    `select consumer, ${workColumns}, attempts, failures, reason, due_at, first_at
     from worker_waiting where ($1::text is null or consumer = $1) and ($2::text is null or stream = $2)
     order by position, consumer limit $3`,
    [consumer ?? null, stream ?? null, limit],
  );
  return rows.map((row) => ({
    consumer: row.consumer,
    ...workItemOf(row),
    attempts: Number(row.attempts),
    failures: Number(row.failures),
    reason: row.reason,
    dueAtMs: row.due_at.getTime(),
    firstAtMs: row.first_at.getTime(),
  }));
}
