/**
 * The ledger in SQL. What many events do at once (waiting, finishing) is joined: calls that arrive while a statement is
 * under way share the next one.
 */
import { type EventId, incarnation, position, streamName } from '@eventstream/contracts';
import { Batcher, messageOf } from '@eventstream/platform';
import { isDatabaseAway, type Sql } from '@eventstream/platform/sql';
import { InfrastructureFault } from '../handler.ts';
import { type ClaimedWork, stuckStreamsMax, type Waiting, type WorkerLedger } from '../ledger.ts';
import type { WorkItem } from '../work-item.ts';
import { claimStatement } from './claim-statement.ts';
import { insertDeadLetter } from './dead-letters.ts';
import { answerDryRun, endDryRuns, takeDryRun } from './dry-runs.ts';
import { storable } from './storable.ts';
import { unresolved } from './unresolved.ts';
import { type WorkRow, workColumns, workItemOf } from './work-row.ts';

const batchRowsMax = 500;
const queuedMax = 20_000;
const reasonCharactersMax = 500;
const redrivesMax = 500;

const waitStatement = {
  name: 'worker-wait',
  text: `insert into worker_waiting (consumer, ${workColumns}, attempts, failures, reason, traceparent, due_at)
         select w.consumer, w.event_id, w.type, w.log, w.position, w.stream, w.revision, w.attempts, w.failures,
           w.reason, w.traceparent, now() + w.after_ms * interval '1 millisecond'
         from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::int8[], $8::int8[],
           $9::int8[], $10::text[], $11::text[], $12::int8[])
           as w (consumer, event_id, type, log, position, stream, revision, attempts, failures, reason, traceparent, after_ms)
         where not exists (select 1 from dead_letters d
           where d.consumer = w.consumer and d.event_id = w.event_id and d.state <> 'redriven')
         on conflict (consumer, event_id) do nothing`,
};
const finishStatement = {
  name: 'worker-finish',
  text: `delete from worker_waiting where (consumer, event_id) in (select * from unnest($1::text[], $2::uuid[]))`,
};
/** Only what was still requested when its letter was changed comes back: somebody may be discarding it meanwhile. */
const takeRedrivesStatement = {
  name: 'worker-take-redrives',
  text: `with taken as (
           update dead_letters set state = 'redriven' where id = any($1::uuid[]) and state = 'redriveRequested'
           returning id, consumer, ${workColumns}
         ), waiting as (
           insert into worker_waiting (consumer, ${workColumns}, attempts, failures, reason, due_at)
           select consumer, ${workColumns}, 0, 0, 'redriven', now() from taken
           on conflict (consumer, event_id) do nothing
           returning 1
         )
         select id from taken`,
};
const saveMarkStatement = {
  name: 'worker-mark',
  text: `insert into worker_marks (consumer, log, position, incarnation) values ($1, $2, $3, $4)
         on conflict (consumer, log) do update set position = excluded.position, changed_at = now()
         where worker_marks.incarnation = excluded.incarnation and worker_marks.position < excluded.position`,
};
/** All that waits is counted, however few streams are named. */
const stuckStatement = {
  name: 'worker-stuck',
  text: `select stream,
           (select count(*) from worker_waiting where consumer = $1) as waiting,
           (select count(*) from dead_letters where consumer = $1 and state in ${unresolved}) as dead
         from (
           (select distinct stream from worker_waiting where consumer = $1 order by stream limit ${stuckStreamsMax + 1})
           union
           (select distinct stream from dead_letters where consumer = $1 and state in ${unresolved}
            order by stream limit ${stuckStreamsMax + 1})) as stuck
         order by stream limit ${stuckStreamsMax + 1}`,
};

interface ClaimedRow extends WorkRow {
  readonly attempts: bigint;
  readonly failures: bigint;
  readonly traceparent: string | null;
}

interface WaitingRow {
  readonly consumer: string;
  readonly work: WorkItem;
  readonly waiting: Waiting;
}

/** The ledger in the tables of `workerMigrations`. */
export function sqlWorkerLedger(sql: Sql): WorkerLedger {
  const waiting = new Batcher<WaitingRow, void>({
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (rows) => {
      await answered(() => sql.execute(waitStatement, waitingColumns(rows)));
      return rows.map(() => undefined);
    },
  });
  const finishing = new Batcher<{ consumer: string; event: EventId }, void>({
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (rows) => {
      const values = [rows.map(({ consumer }) => consumer), rows.map(({ event }) => event)];
      await answered(() => sql.execute(finishStatement, values));
      return rows.map(() => undefined);
    },
  });
  return {
    ...marks(sql),
    ...claims(sql),
    takeDryRun: (consumer) => answered(() => takeDryRun(sql, consumer)),
    answerDryRun: (request, answer) => answered(() => answerDryRun(sql, request, answer)),
    endDryRuns: (consumer) => answered(() => endDryRuns(sql, consumer)),
    wait: async (consumer, work, how) => waiting.submit({ consumer, work, waiting: how }),
    finish: async (consumer, event) => finishing.submit({ consumer, event }),
  };
}

function marks(sql: Sql): Pick<WorkerLedger, 'loadMark' | 'saveMark' | 'settledAbove' | 'stuck'> {
  return {
    async loadMark(consumer, log) {
      const rows = await answered(() =>
        sql.query<{ position: bigint; incarnation: string }>(
          'select position, incarnation from worker_marks where consumer = $1 and log = $2',
          [consumer, log],
        ),
      );
      const [row] = rows;
      return row && { position: position(row.position), incarnation: incarnation(row.incarnation) };
    },
    async saveMark(consumer, log, mark) {
      await answered(() => sql.execute(saveMarkStatement, [consumer, log, mark.position, mark.incarnation]));
    },
    async settledAbove(consumer, log, mark) {
      const rows = await answered(() =>
        sql.query<{ position: bigint }>(
          `select position from worker_waiting where consumer = $1 and log = $2 and position > $3
           union
           select position from dead_letters where consumer = $1 and log = $2 and position > $3 and state <> 'redriven'`,
          [consumer, log, mark],
        ),
      );
      return rows.map((row) => position(row.position));
    },
    async stuck(consumer) {
      const rows = await answered(() =>
        sql.query<{ stream: string; waiting: bigint; dead: bigint }>(stuckStatement, [consumer]),
      );
      return {
        streams: rows.slice(0, stuckStreamsMax).map((row) => streamName(row.stream)),
        hasMore: rows.length > stuckStreamsMax,
        waiting: Number(rows[0]?.waiting ?? 0n),
        openDeadLetters: Number(rows[0]?.dead ?? 0n),
      };
    },
  };
}

function claims(sql: Sql): Pick<WorkerLedger, 'claim' | 'renew' | 'postpone' | 'bury' | 'takeRedrives'> {
  return {
    async claim(consumer, { limit, leaseMs, suspect }) {
      const rows = await answered(() => sql.query<ClaimedRow>(claimStatement, [consumer, limit, leaseMs, suspect]));
      return rows.map(toClaimed).toSorted((left, right) => left.position - right.position);
    },
    async renew(consumer, event, leaseMs) {
      const text = `update worker_waiting set is_held = true, due_at = now() + $3::int8 * interval '1 millisecond'
                    where consumer = $1 and event_id = $2`;
      await answered(() => sql.execute({ name: 'worker-renew', text }, [consumer, event, leaseMs]));
    },
    async postpone(consumer, event, { afterMs, reason, counts, traceparent }) {
      const text = `update worker_waiting set is_held = false, due_at = now() + $3::int8 * interval '1 millisecond', reason = $4,
                      traceparent = coalesce($5, traceparent), failures = failures + $6::int8,
                      attempts = case when $6::int8 = 1 then failures + 1 else attempts - 1 end
                    where consumer = $1 and event_id = $2`;
      const why = storable(reason, reasonCharactersMax);
      const values = [consumer, event, Math.round(afterMs), why, traceparent ?? null, counts ? 1 : 0];
      await answered(() => sql.execute({ name: 'worker-postpone', text }, values));
    },
    async bury(letter) {
      const work = async () =>
        sql.transaction(async (tx) => {
          await insertDeadLetter(tx, letter);
          await tx.execute('delete from worker_waiting where consumer = $1 and event_id = $2', [
            letter.consumer,
            letter.eventId,
          ]);
        });
      await answered(work);
    },
    takeRedrives: (consumer) => answered(() => takeRedrives(sql, consumer)),
  };
}

/** By the ids that were read: a request that arrives in between is left for the next time. */
async function takeRedrives(sql: Sql, consumer: string): Promise<number> {
  const requested = `select id from dead_letters where consumer = $1 and state = 'redriveRequested'
                     order by position limit ${redrivesMax}`;
  const rows = await sql.query<{ id: string }>({ name: 'worker-redrives', text: requested }, [consumer]);
  if (rows.length === 0) return 0;
  const taken = await sql.queryIdempotent<{ id: string }>(takeRedrivesStatement, [rows.map((row) => row.id)]);
  return taken.length;
}

function waitingColumns(rows: readonly WaitingRow[]): readonly unknown[] {
  return [
    rows.map(({ consumer }) => consumer),
    rows.map(({ work }) => work.eventId),
    rows.map(({ work }) => work.type),
    rows.map(({ work }) => work.log),
    rows.map(({ work }) => work.position),
    rows.map(({ work }) => work.stream),
    rows.map(({ work }) => work.revision),
    rows.map(({ waiting }) => waiting.attempts),
    rows.map(({ waiting }) => waiting.failures),
    rows.map(({ waiting }) => storable(waiting.reason, reasonCharactersMax)),
    rows.map(({ waiting }) => waiting.traceparent ?? null),
    rows.map(({ waiting }) => Math.round(waiting.afterMs)),
  ];
}

function toClaimed(row: ClaimedRow): ClaimedWork {
  return {
    ...workItemOf(row),
    attempts: Number(row.attempts),
    failures: Number(row.failures),
    traceparent: row.traceparent ?? undefined,
  };
}

/** Every call may be repeated, so even an unknown commit is only a reason to wait. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDatabaseAway(error))
      throw new InfrastructureFault(`the worker's database does not answer: ${messageOf(error)}`, error);
    throw error;
  }
}
