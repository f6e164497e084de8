/** A pool as a part of a process: closed with it, and asked whether its database answers. */
import { messageOf } from '../coded-error.ts';
import type { Part, Ready } from '../part.ts';
import type { Sql } from './sql.ts';

/**
 * Closes the pool when the process stops. Starting opens nothing: the database may still be starting.
 * `ask`: a question that the database can answer only with the tables that are needed.
 */
export function sqlPart(name: string, sql: Sql, ask: () => Promise<unknown> = () => sql.query('select 1')): Part {
  return {
    name,
    checks: [{ name, check: () => readyIfAnswered(name, ask) }],
    start: async () => {},
    stop: () => sql.close(),
  };
}

async function readyIfAnswered(name: string, ask: () => Promise<unknown>): Promise<Ready> {
  try {
    await ask();
    return { ok: true };
  } catch (error) {
    return {
      ok: false,
      reason: messageOf(error),
      nextStep: `start the database behind ${name}; work resumes by itself`,
    };
  }
}
