/** One attempt at a transaction, on one connection that is given back afterwards. */
import type pg from 'pg';
import { CodedError } from '../coded-error.ts';
import { faultOf, isConnectionLoss } from './faults.ts';
import type { Attempt } from './repeated.ts';
import { rowsOf, runStatement, type SqlRow, type SqlSession, type Statement } from './statement.ts';

/** Which of the two databases is at the other end. */
export type Dialect = 'postgres' | 'cockroachdb';

const beginStatements: Readonly<Record<Dialect, string>> = {
  // REPEATABLE READ would give every waiter on a shared row 40001 instead of its turn.
  postgres: 'begin isolation level read committed',
  cockroachdb: 'begin isolation level serializable',
};

/** Which fault a failure was is judged by when it happened. Before COMMIT, a lost connection undid all. */
export async function attemptTransaction<T>(
  client: pg.PoolClient,
  dialect: Dialect,
  work: (tx: SqlSession) => Promise<T>,
): Promise<Attempt<T>> {
  let committing = false;
  let discard = false;
  try {
    await client.query(beginStatements[dialect]);
    const value = await work(new TransactionSession(client));
    committing = true;
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') {
      throw new CodedError('sql_rolled_back', 'the transaction had failed before it was committed', {
        nextStep: 'do not swallow the error of a statement inside a transaction',
      });
    }
    return { done: true, value };
  } catch (error) {
    const lost = isConnectionLoss(error);
    discard = lost || !(await rolledBack(client));
    if (committing && (lost || faultOf(error) === 'ambiguous')) {
      return { done: false, fault: 'ambiguous', error: commitUnknown(error) };
    }
    const fault = lost ? 'retry' : faultOf(error);
    return { done: false, fault, error };
  } finally {
    client.release(discard);
  }
}

class TransactionSession implements SqlSession {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<Row = SqlRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(await this.#run(statement, values));
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run(statement, values)).rowCount ?? 0;
  }

  async #run(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (typeof statement !== 'string' && statement.timeoutMs !== undefined) {
      await this.#client.query(`set local statement_timeout = ${Math.trunc(statement.timeoutMs)}`);
    }
    return runStatement(this.#client, statement, values);
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
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
