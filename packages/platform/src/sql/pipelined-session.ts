/**
 * One connection on which statements are sent without waiting for the answers to those before, so that the database
 * begins the next one in the moment in which it ends the last. Sent over two connections, statements that lock the same
 * row would wait for each other's commit, wake up, and look at the row anew.
 * Protocol: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING, a Sync behind each.
 */
import pg from 'pg';
import { CodedError, codeOf } from '../coded-error.ts';
import { isConnectionLoss } from './faults.ts';
import { rowsOf, runStatement, type SqlPipeline, type SqlRow, type Statement } from './statement.ts';

/** What a pipelined session needs to know beside where to connect to. */
export interface PipelinedSessionOptions {
  /** Statements without an answer; the next one is refused with `sql_pool_exhausted`. */
  readonly statementsMax: number;
  /** How long a statement may be without an answer before the connection counts as broken. */
  readonly silenceMaxMs: number;
  /** Told when the connection breaks. Must not throw. */
  readonly onLost: (error: Error) => void;
}

/** A connection, from when it is asked for. */
interface Connection {
  readonly client: pg.Client;
  readonly opened: Promise<unknown>;
}

/**
 * Each statement is a transaction of its own: one that fails does not touch those behind it. When the connection breaks
 * all that are under way fail, in doubt, and the next statement opens another one. Nothing is connected before the first.
 */
export class PipelinedSession implements SqlPipeline {
  readonly #config: pg.ClientConfig;
  readonly #options: PipelinedSessionOptions;
  #connection: Connection | undefined;
  #underWay = 0;
  #closed = false;

  constructor(config: pg.ClientConfig, options: PipelinedSessionOptions) {
    this.#config = { ...config, pipeline: true };
    this.#options = options;
  }

  async query<Row = SqlRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(await this.#run(statement, values));
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run(statement, values)).rowCount ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    await connection?.opened.then(
      () => connection.client.end(),
      () => {},
    );
  }

  async #run(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (this.#closed) throw new CodedError('sql_closed', 'the connection to the database is closed');
    const { statementsMax, silenceMaxMs } = this.#options;
    if (this.#underWay >= statementsMax)
      throw new CodedError('sql_pool_exhausted', `${statementsMax} statements wait for their answers already`, {
        nextStep: 'try again shortly; if it stays so, look for slow statements',
      });
    this.#connection ??= this.#open();
    const connection = this.#connection;
    this.#underWay += 1;
    try {
      await connection.opened;
      return await runStatement({ client: connection.client, silenceMaxMs }, statement, values);
    } catch (error) {
      // Nobody is there: the others need not wait as long as this one did, nor a graceful end for their answers.
      if (codeOf(error) === 'sql_silent') connection.client.connection.stream.destroy();
      if (isConnectionLoss(error)) this.#giveUp(connection);
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }

  #open(): Connection {
    const client = new pg.Client(this.#config);
    // Unheard, the event would end the process. What is under way fails on its own.
    client.on('error', this.#options.onLost);
    const connection = { client, opened: client.connect() };
    client.on('end', () => this.#forget(connection));
    connection.opened.catch(() => this.#forget(connection));
    return connection;
  }

  /** The connection is in doubt: the next statement opens another one. What is under way on this one still ends. */
  #giveUp(connection: Connection): void {
    if (this.#forget(connection)) connection.client.end().catch(() => {});
  }

  #forget(connection: Connection): boolean {
    if (this.#connection !== connection) return false;
    this.#connection = undefined;
    return true;
  }
}
