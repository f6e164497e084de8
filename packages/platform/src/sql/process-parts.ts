// A pool as a part of a process: closed with it, and asked whether its database answers.
import { messageOf } from '../coded-error.ts';
import type { Part, Readiness } from '../part.ts';
import type { Sql } from './sql.ts';

/** Closes the pool when the process stops. Starting opens nothing: the database may still be starting. */
export function sqlPart(name: string, sql: Sql): Part {
  return { name, start: async () => {}, stop: () => sql.close() };
}

/** Ready when the database answers. `ask`: a question that it can answer only with the tables that are needed. */
export function sqlReadiness(
  name: string,
  sql: Sql,
  ask: () => Promise<unknown> = () => sql.query('select 1'),
): Readiness {
  return {
    name,
    async check() {
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
    },
  };
}
