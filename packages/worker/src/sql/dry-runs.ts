/**
 * Dry runs in SQL: a row is the question of whoever looks at a dead letter, and later the answer of its consumer. The
 * two may be different processes with nothing in common but this database.
 */
import { newId } from '@eventstream/platform';
import type { SqlSession } from '@eventstream/platform/sql';
import { type DryRunAnswer, type DryRunRequest, dryRunOutcomes, endedProcess } from '../dead-letters/dry-run.ts';
import { storable } from './storable.ts';
import { type WorkRow, workItemOf } from './work-row.ts';

const textCharactersMax = 4_000;
const stackCharactersMax = 8_000;

/** Asks for one; undefined when there is no such dead letter here. */
export async function askDryRun(session: SqlSession, letter: string, by: string): Promise<string | undefined> {
  const id = newId();
  const asked = await session.execute(
    `insert into dead_letter_dry_runs (id, dead_letter, consumer, asked_by, state)
     select $1, id, consumer, $3, 'asked' from dead_letters where id = $2`,
    [id, letter, by],
  );
  return asked === 1 ? id : undefined;
}

interface AnswerRow {
  readonly outcome: string;
  readonly says: string;
  readonly stack: string | null;
  readonly effects: string;
}

/** The answer; undefined as long as there is none. */
export async function readDryRun(session: SqlSession, id: string): Promise<DryRunAnswer | undefined> {
  const [row] = await session.query<AnswerRow>(
    `select outcome, says, stack, effects from dead_letter_dry_runs where id = $1 and state = 'answered'`,
    [id],
  );
  if (row === undefined) return undefined;
  const outcome = dryRunOutcomes.find((known) => known === row.outcome);
  if (outcome === undefined) throw new Error(`dead_letter_dry_runs has an outcome that is none: ${row.outcome}`);
  return { outcome, says: row.says, stack: row.stack ?? undefined, effects: textsIn(row.effects) };
}

interface TakenRow extends WorkRow {
  readonly id: string;
}

const takeStatement = {
  name: 'dry-run-take',
  text: `update dead_letter_dry_runs r set state = 'running' from dead_letters d
         where d.id = r.dead_letter and r.state = 'asked' and r.id = (
           select id from dead_letter_dry_runs where consumer = $1 and state = 'asked' order by asked_at, id limit 1)
         returning r.id, d.event_id, d.type, d.log, d.position, d.stream, d.revision`,
};

/** Takes the oldest one of a consumer; each is taken once. */
export async function takeDryRun(session: SqlSession, consumer: string): Promise<DryRunRequest | undefined> {
  const [row] = await session.query<TakenRow>(takeStatement, [consumer]);
  if (row === undefined) return undefined;
  return { id: row.id, work: workItemOf(row) };
}

/** Writes the answer down, and forgets answers that are older than a day. */
export async function answerDryRun(session: SqlSession, id: string, answer: DryRunAnswer): Promise<void> {
  const { outcome, says, stack, effects } = answer;
  await session.execute(
    `update dead_letter_dry_runs set state = 'answered', outcome = $2, says = $3, stack = $4, effects = $5,
       answered_at = now() where id = $1`,
    [
      id,
      outcome,
      storable(says, textCharactersMax),
      stack === undefined ? null : storable(stack, stackCharactersMax),
      JSON.stringify(effects.map((effect) => storable(effect, textCharactersMax))),
    ],
  );
  await session.execute(`delete from dead_letter_dry_runs where asked_at < now() - interval '1 day'`);
}

/** For a consumer that begins: what was running has ended its process. Answers how many those were. */
export function endDryRuns(session: SqlSession, consumer: string): Promise<number> {
  return session.execute(
    `update dead_letter_dry_runs set state = 'answered', outcome = $2, says = $3, effects = '[]', answered_at = now()
     where consumer = $1 and state = 'running'`,
    [consumer, endedProcess.outcome, endedProcess.says],
  );
}

function textsIn(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}
