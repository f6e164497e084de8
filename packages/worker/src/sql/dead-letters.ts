/** Dead letters in SQL: written by workers and, in the transaction that moves its checkpoint, by the projector. */
import { newId } from '@eventstream/platform';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import {
  type DeadLetter,
  type DeadLetterDesk,
  type DeadLetterState,
  type Decision,
  type DecisionOutcome,
  type DecisionRecord,
  deadLetterStates,
  letterStateAfter,
  type NewDeadLetter,
} from '../dead-letters/dead-letters.ts';
import { askDryRun, readDryRun } from './dry-runs.ts';
import { storable } from './storable.ts';
import { type WorkRow, workColumns, workItemOf } from './work-row.ts';

/** Long enough for any honest reason; a poison event must not fill the database with its message. */
const reasonCharactersMax = 2_000;
const stackCharactersMax = 8_000;

const upsert = `insert into dead_letters (id, consumer, ${workColumns}, reason, stack, attempts, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open')
         on conflict (consumer, event_id) do update set reason = excluded.reason, stack = excluded.stack,
           attempts = dead_letters.attempts + excluded.attempts, last_at = now(), state = 'open',
           resolved_by = null, resolved_why = null, resolved_at = null`;

const upsertUnlessDiscarded = { name: 'dead-letter-insert', text: `${upsert} where dead_letters.state <> 'discarded'` };

const upsertUndecided = {
  name: 'dead-letter-insert-undecided',
  text: `${upsert} where dead_letters.state = 'redriven'`,
};

/**
 * Writes a dead letter, or opens the one of the same event again, unless somebody has discarded it. To be called inside the
 * caller's transaction. Answers whether it is open now.
 */
export async function insertDeadLetter(session: SqlSession, letter: NewDeadLetter): Promise<boolean> {
  return (await session.execute(upsertUnlessDiscarded, valuesOf(letter))) > 0;
}

/**
 * The same for who may come to one event several times without being asked, as a rebuild does: what somebody has discarded
 * or wants redriven stays as they left it.
 */
export async function insertUndecided(session: SqlSession, letter: NewDeadLetter): Promise<void> {
  await session.execute(upsertUndecided, valuesOf(letter));
}

function valuesOf(letter: NewDeadLetter): readonly unknown[] {
  return [
    newId(),
    letter.consumer,
    letter.eventId,
    letter.type,
    letter.log,
    letter.position,
    letter.stream,
    letter.revision,
    storable(letter.reason, reasonCharactersMax),
    letter.stack === undefined ? null : storable(letter.stack, stackCharactersMax),
    letter.attempts,
  ];
}

interface DeadLetterRow extends WorkRow {
  readonly id: string;
  readonly consumer: string;
  readonly reason: string;
  readonly stack: string | null;
  readonly attempts: bigint;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly state: string;
  readonly resolved_by: string | null;
  readonly resolved_why: string | null;
}

interface DecisionRow {
  readonly decision: string;
  readonly decided_by: string;
  readonly why: string;
  readonly decided_at: Date;
}

const columns = `id, consumer, ${workColumns}, reason, stack, attempts, first_at, last_at, state, resolved_by, resolved_why`;

/**
 * A letter's place in a list: texts by their bytes, as `inOrder` has them, whichever language the database orders text by, for
 * pages of several databases are merged. CockroachDB orders by bytes anyway, and takes these words since 22.2.
 */
const place = 'log collate "C", position, consumer collate "C", id';

/** The desk over the database that has the consumer's dead letters. */
export function sqlDeadLetterDesk(sql: Sql): DeadLetterDesk {
  const decide = (id: string, decision: DecisionRecord['decision'], { by, why }: Decision): Promise<DecisionOutcome> =>
    sql.transaction(async (tx) => {
      const [row] = await tx.query<{ state: string }>('select state from dead_letters where id = $1 for update', [id]);
      if (row === undefined) return { kind: 'unknown' };
      const before = stateOf(row.state);
      const state = letterStateAfter(decision, before);
      if (state === undefined) return { kind: 'notOpen', state: before };
      await tx.execute(
        `update dead_letters set state = $2, resolved_by = $3, resolved_why = $4, resolved_at = now() where id = $1`,
        [id, state, by, why],
      );
      await tx.execute(
        `insert into dead_letter_decisions (id, dead_letter, decision, decided_by, why) values ($1, $2, $3, $4, $5)`,
        [newId(), id, decision, by, why],
      );
      return { kind: 'decided' };
    });
  return {
    async list({ consumer, state, stream, after, limit }) {
      const rows = await sql.query<DeadLetterRow>(
        `select ${columns} from dead_letters
         where ($1::text is null or consumer = $1) and ($2::text is null or state = $2)
           and ($4::text is null or stream = $4)
           and ($5::text is null or (${place}) > ($5, $6::int8, $7::text, $8::uuid))
         order by ${place} limit $3`,
        [consumer ?? null, state ?? null, limit, stream ?? null, ...placeOf(after)],
      );
      return rows.map(toDeadLetter);
    },
    async get(id) {
      const [row] = await sql.query<DeadLetterRow>(`select ${columns} from dead_letters where id = $1`, [id]);
      return row === undefined ? undefined : toDeadLetter(row);
    },
    async decisions(id) {
      const rows = await sql.query<DecisionRow>(
        `select decision, decided_by, why, decided_at from dead_letter_decisions
         where dead_letter = $1 order by decided_at, id`,
        [id],
      );
      return rows.map(toRecord);
    },
    async behind({ consumer, log, stream, position: at }) {
      const [row] = await sql.query<{ behind: bigint }>(
        `select count(*) as behind from worker_waiting
         where consumer = $1 and log = $2 and stream = $3 and position > $4`,
        [consumer, log, stream, at],
      );
      return Number(row?.behind ?? 0n);
    },
    askDryRun: (id, by) => askDryRun(sql, id, by),
    dryRunAnswer: (request) => readDryRun(sql, request),
    redrive: (id, decision) => decide(id, 'redrive', decision),
    discard: (id, decision) => decide(id, 'discard', decision),
  };
}

/** Its place in the order of the list. */
function placeOf(letter: DeadLetter | undefined): readonly unknown[] {
  return letter ? [letter.log, letter.position, letter.consumer, letter.id] : [null, null, null, null];
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    consumer: row.consumer,
    ...workItemOf(row),
    reason: row.reason,
    stack: row.stack ?? undefined,
    attempts: Number(row.attempts),
    firstAtMs: row.first_at.getTime(),
    lastAtMs: row.last_at.getTime(),
    state: stateOf(row.state),
    resolvedBy: row.resolved_by ?? undefined,
    resolvedWhy: row.resolved_why ?? undefined,
  };
}

function toRecord({ decision, decided_by: by, why, decided_at: at }: DecisionRow): DecisionRecord {
  return { decision: decision === 'discard' ? 'discard' : 'redrive', by, why, atMs: at.getTime() };
}

function stateOf(text: string): DeadLetterState {
  const state = deadLetterStates.find((known) => known === text);
  if (state === undefined) throw new Error(`dead_letters has a state that is none: ${text}`);
  return state;
}
