/** A pool as a part of a process: closed with it, and asked whether its database answers. */
import { CodedError, messageOf } from '../coded-error.ts';
import type { Part, Ready } from '../process/part.ts';
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

/** Writes nothing: PostgreSQL and CockroachDB say of each transaction whether it may. A standby's may not. */
async function askToWrite(sql: Sql): Promise<void> {
  const [row] = await sql.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (row?.transaction_read_only !== 'on') return;
  throw new CodedError('sql_read_only', 'the database may be read and not written to', {
    nextStep: 'promote the standby, or unset default_transaction_read_only; work resumes by itself',
  });
}

async function readyIfAnswered(name: string, ask: () => Promise<unknown>): Promise<Ready> {
  try {
    await ask();
    return { ok: true };
  } catch (error) {
    const ours = error instanceof CodedError ? error.nextStep : undefined;
    const nextStep = ours ?? `start the database behind ${name}; work resumes by itself`;
    return { ok: false, reason: messageOf(error), nextStep };
  }
}
