/** One attempt at a transaction, on one connection that is given back afterwards. */
import type pg from 'pg';
import { CodedError } from '../coded-error.ts';
import { faultOf, isConnectionLoss } from './faults.ts';
import type { Attempt } from './repeated.ts';
import { type Link, rowsOf, runStatement, type SqlRow, type SqlSession, type Statement, send } from './statement.ts';

/** Which of the two databases is at the other end. */
export type Dialect = 'postgres' | 'cockroachdb';

const beginStatements: Readonly<Record<Dialect, string>> = {
  // REPEATABLE READ would give every waiter on a shared row 40001 instead of its turn.
  postgres: 'begin isolation level read committed',
  cockroachdb: 'begin isolation level serializable',
};

/** A connection of the pool's, to be given back. */
export interface PooledLink extends Link {
  readonly client: pg.PoolClient;
}

/** Which fault a failure was is judged by when it happened. Before COMMIT, a lost connection undid all. */
export async function attemptTransaction<T>(
  link: PooledLink,
  dialect: Dialect,
  work: (tx: SqlSession) => Promise<T>,
): Promise<Attempt<T>> {
  let committing = false;
  let discard = false;
  try {
    await send(link, beginStatements[dialect]);
    const value = await work(new TransactionSession(link));
    committing = true;
    const { command } = await send(link, 'commit');
    if (command !== 'COMMIT') {
      throw new CodedError('sql_rolled_back', 'the transaction had failed before it was committed', {
        nextStep: 'do not swallow the error of a statement inside a transaction',
      });
    }
    return { done: true, value };
  } catch (error) {
    const lost = isConnectionLoss(error);
    discard = lost || !(await rolledBack(link));
    if (committing && (lost || faultOf(error) === 'ambiguous')) {
      return { done: false, fault: 'ambiguous', error: commitUnknown(error) };
    }
    const fault = lost ? 'retry' : faultOf(error);
    return { done: false, fault, error };
  } finally {
    link.client.release(discard);
  }
}

class TransactionSession implements SqlSession {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  async query<Row = SqlRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(await this.#run(statement, values));
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run(statement, values)).rowCount ?? 0;
  }

  async #run(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (typeof statement !== 'string' && statement.timeoutMs !== undefined) {
      await send(this.#link, `set local statement_timeout = ${Math.trunc(statement.timeoutMs)}`);
    }
    return runStatement(this.#link, statement, values);
  }
}

async function rolledBack(link: Link): Promise<boolean> {
  try {
    await send(link, 'rollback');
    return true;
  } catch {
    return false; // the connection is of no use any more; closing it rolls back as well
  }
}

function commitUnknown(cause: unknown): CodedError {
  return new CodedError('sql_commit_unknown', 'the connection broke while committing: it may or may not hold', {
    cause,
    nextStep: 'read back whether it happened, or repeat it if that is harmless',
  });
}
