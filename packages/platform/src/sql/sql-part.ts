/** A pool as a part of a process: closed with it, and asked whether its database answers. */
import { CodedError, messageOf } from '../coded-error.ts';
import type { Part, Ready } from '../process/part.ts';
import { nextStepAtDatabase } from './faults.ts';
import type { Sql } from './sql.ts';

/**
 * Closes the pool when the process stops. Starting opens nothing: the database may still be starting.
 * `ask`: what must be answered for this process to do its work; by default, that it may write.
 */
export function sqlPart(name: string, sql: Sql, ask: () => Promise<unknown> = () => askToWrite(sql)): Part {
  return {
    name,
    checks: [{ name, check: () => readyIfAnswered(name, ask) }],
    start: async () => {},
    stop: () => sql.close(),
  };
}

/**
 * Asks whether the database may be written to, and has these tables. Writes nothing: PostgreSQL and CockroachDB say of each
 * transaction whether it may. A standby's may not.
 */
export async function askToWrite(sql: Sql, tables: readonly string[] = []): Promise<void> {
  await askToRead(sql, tables);
  const [row] = await sql.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (row?.transaction_read_only !== 'on') return;
  throw new CodedError('sql_read_only', 'the database may be read and not written to', {
    nextStep: 'promote the standby, or unset default_transaction_read_only; work resumes by itself',
  });
}

/** Asks whether these tables are there and may be read. Reads nothing. */
export async function askToRead(sql: Sql, tables: readonly string[]): Promise<void> {
  if (tables.length > 0) await sql.query(`select 1 from ${tables.join(', ')} where false`);
}

async function readyIfAnswered(name: string, ask: () => Promise<unknown>): Promise<Ready> {
  try {
    await ask();
    return { ok: true };
  } catch (error) {
    const ours = error instanceof CodedError ? error.nextStep : undefined;
    const nextStep = nextStepAtDatabase(error) ?? ours ?? `start the database behind ${name}; work resumes by itself`;
    return { ok: false, reason: messageOf(error), nextStep };
  }
}
