/**
 * One small door to PostgreSQL and CockroachDB: parameterised statements, transactions that are repeated when the
 * database asks for it, a limit on every wait.
 */
import pg from 'pg';
import { CodedError, codeOf } from '../coded-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { faultOf, isConnectionLoss } from './faults.ts';
import { PipelinedSession } from './pipelined-session.ts';
import { type Attempt, repeated } from './repeated.ts';
import {
  rowsOf,
  runStatement,
  type SqlPipeline,
  type SqlRow,
  type SqlSession,
  type Statement,
  send,
  silenceMarginMs,
} from './statement.ts';
import { attemptTransaction, type Dialect, type PooledLink } from './transaction.ts';
import { typeParsers } from './value-types.ts';
import { runForWholeRows } from './whole-rows.ts';

/** How a transaction is repeated. */
export interface TransactionOptions {
  /**
   * The connection broke after COMMIT was sent: nobody knows whether it holds. `throw` (the default) raises
   * `sql_commit_unknown`; `retry` runs the work again, for work that is harmless when done twice.
   */
  readonly onUnknownCommit?: 'throw' | 'retry';
}

/** A pool of connections to one database. */
export interface Sql extends SqlSession {
  /** Known once the first statement was answered. @throws CodedError `sql_dialect_unknown` before. */
  readonly dialect: Dialect;
  /**
   * Runs `work` in one transaction, READ COMMITTED on PostgreSQL and SERIALIZABLE on CockroachDB, and commits.
   * When the database rolls it back for reasons that pass (40001, 40P01, a lost connection …) `work` runs again, up to
   * 10 times within 5 s, so it must hold nothing in memory that a second run would see. Other errors are thrown as they
   * came. No network work inside: a held transaction is ended after 5 s.
   */
  transaction<T>(work: (tx: SqlSession) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * A statement that is its own transaction and is harmless when done twice: it is repeated as a transaction is, also
   * when nobody knows whether it held. One way to the database instead of the four of a transaction around it.
   */
  queryIdempotent<Row = SqlRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * The rows as the database sends them, for whoever passes them on, or takes apart so many that it counts. Pieces of one
   * or more whole DataRow messages, their values in binary:
   * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW
   */
  wholeRows(statement: Statement, values?: readonly unknown[]): Promise<readonly Buffer[]>;
  /**
   * A connection of its own, beside the pool's, for statements that are sent without waiting for the answers to those
   * before. The database does them one right after the other, each a transaction of its own that fails alone. Nothing is
   * connected before the first. Close it before the pool.
   */
  pipeline(): SqlPipeline;
  /** The database's clock. */
  now(): Promise<Date>;
  /** Waits for what is under way and closes every connection. May be called again. */
  close(): Promise<void>;
}

/** How a pool is opened. Times in milliseconds. */
export interface SqlOptions {
  /** postgres:// url of one database. */
  readonly url: string;
  /** Shown in the database's list of sessions. */
  readonly applicationName: string;
  readonly maxConnections: number;
  readonly logger: Logger;
  /** The database ends a statement that takes longer. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** Callers that may wait for a connection; the next is refused with `sql_pool_exhausted`. Default 1,000. */
  readonly maxWaiting?: number;
}

/** The longest wait for a connection, free or new, and for a lock in the database. */
const connectionWaitMs = 5_000;
const lockWaitMs = 5_000;
const idleInTransactionMs = 5_000;

/** `idle_session_timeout`, which whoever runs the server may set. A statement that was on its way meets it now and then. */
const idleSessionEnded = '57P05';

/** Opens a pool. Nothing is connected before the first statement, so the database may still be starting. */
export function openSql(options: SqlOptions): Sql {
  return new SqlPool(options);
}

class SqlPool implements Sql {
  readonly #pool: pg.Pool;
  readonly #config: pg.ClientConfig;
  readonly #onLost: (error: Error) => void;
  readonly #maxConnections: number;
  readonly #maxWaiting: number;
  readonly #silenceMaxMs: number;
  #dialect: Dialect | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SqlOptions) {
    this.#maxConnections = options.maxConnections;
    this.#maxWaiting = options.maxWaiting ?? 1_000;
    const { statementTimeoutMs = 10_000 } = options;
    this.#silenceMaxMs = statementTimeoutMs + silenceMarginMs;
    this.#config = {
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: connectionWaitMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      statement_timeout: statementTimeoutMs,
      lock_timeout: lockWaitMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      // A server, database or role may be set to write times otherwise, which nothing here would take for times.
      options: '-c datestyle=ISO',
      types: typeParsers(),
    };
    // Not the error itself: pg hangs the whole client on it, which would fill the log.
    this.#onLost = (error) =>
      options.logger.warn({ reason: error.message, sqlState: codeOf(error) }, 'a database connection was lost');
    this.#pool = new pg.Pool({ ...this.#config, max: options.maxConnections, idleTimeoutMillis: 60_000 });
    this.#pool.on('error', this.#onLost);
    // A connection that dies while a transaction holds it, between two statements, reports here; unheard, the
    // event would end the process. The next statement fails on its own and is handled there.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  get dialect(): Dialect {
    if (this.#dialect !== undefined) return this.#dialect;
    throw new CodedError('sql_dialect_unknown', 'the dialect is known only after the first statement', {
      nextStep: 'await a statement first, such as now()',
    });
  }

  async query<Row = SqlRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(await this.#run((link) => runStatement(link, statement, values)));
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run((link) => runStatement(link, statement, values))).rowCount ?? 0;
  }

  wholeRows(statement: Statement, values: readonly unknown[] = []): Promise<readonly Buffer[]> {
    return this.#run((link) => runForWholeRows(link, statement, values));
  }

  async now(): Promise<Date> {
    const [row] = await this.query<{ now: Date }>('select clock_timestamp() as now');
    if (row === undefined) throw new CodedError('sql_no_row', 'the database did not tell its time');
    return row.now;
  }

  transaction<T>(work: (tx: SqlSession) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return repeated(() => this.#attempt(work), options.onUnknownCommit === 'retry');
  }

  async queryIdempotent<Row = SqlRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    const once = async (): Promise<Attempt<Row[]>> => {
      try {
        return { done: true, value: await this.query<Row>(statement, values) };
      } catch (error) {
        return { done: false, fault: isConnectionLoss(error) ? 'ambiguous' : faultOf(error), error };
      }
    };
    return repeated(once, true);
  }

  pipeline(): SqlPipeline {
    return new PipelinedSession(this.#config, {
      statementsMax: this.#maxWaiting,
      silenceMaxMs: this.#silenceMaxMs,
      onLost: this.#onLost,
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  /** A session that the server has ended because it was idle has begun nothing, so the statement goes to the next one. */
  async #run<Answer>(ask: (link: PooledLink) => Promise<Answer>): Promise<Answer> {
    for (let ended = 0; ; ended += 1) {
      try {
        return await this.#runOnce(ask);
      } catch (error) {
        if (codeOf(error) !== idleSessionEnded || ended >= this.#maxConnections) throw error;
      }
    }
  }

  async #runOnce<Answer>(ask: (link: PooledLink) => Promise<Answer>): Promise<Answer> {
    const link = await this.#acquire();
    let failure: unknown;
    try {
      return await ask(link);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      link.client.release(failure !== undefined && isConnectionLoss(failure));
    }
  }

  async #attempt<T>(work: (tx: SqlSession) => Promise<T>): Promise<Attempt<T>> {
    const link = await this.#acquire();
    return attemptTransaction(link, this.dialect, work);
  }

  async #acquire(): Promise<PooledLink> {
    // Whoever gets an idle connection counts as waiting until the next tick.
    if (this.#pool.waitingCount - this.#pool.idleCount >= this.#maxWaiting) {
      throw new CodedError('sql_pool_exhausted', `${this.#maxWaiting} callers wait for a database connection already`, {
        nextStep: 'try again shortly; if it stays so, raise the number of connections or look for slow statements',
      });
    }
    const link = { client: await this.#pool.connect(), silenceMaxMs: this.#silenceMaxMs };
    if (this.#dialect !== undefined) return link;
    try {
      const [row] = rowsOf<{ version: string }>(await send(link, 'select version() as version'));
      this.#dialect = row?.version.startsWith('CockroachDB') === true ? 'cockroachdb' : 'postgres';
      return link;
    } catch (error) {
      link.client.release(true);
      throw error;
    }
  }
}
