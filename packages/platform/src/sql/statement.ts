/** What is sent to a database and what comes back, the same on every connection. */
import type pg from 'pg';
import { isTracing, withSpan } from '../telemetry/trace.ts';
import { asParameter } from './array-literal.ts';

/** A statement. With a name it is prepared once per connection and then only executed: use it on every hot path. */
export type Statement = string | NamedStatement;

/** A statement with a name, a time limit of its own, or both. One name always means one text. */
export interface NamedStatement {
  readonly name?: string;
  readonly text: string;
  /** Overrides the connection's limit for this statement; only inside a transaction. */
  readonly timeoutMs?: number;
}

/** A row before anyone has said what is in it. */
export type SqlRow = Record<string, unknown>;

/** Runs statements. int8 comes back as bigint, bytea as Buffer, timestamptz as Date, the rest as `pg` reads it. */
export interface SqlSession {
  /** The rows that the statement answers. `Row` is the caller's word for what it selected. */
  query<Row = SqlRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** How many rows the statement affected. */
  execute(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** A session that is sent statements without waiting for the answers to those before; to be closed by whoever opened it. */
export interface SqlPipeline extends SqlSession {
  /** Waits for what is under way and closes the connection. Statements are refused with `sql_closed` from then on. */
  close(): Promise<void>;
}

/** Our own limit lies beyond the database's: it only ends waits for a peer that is gone without a word. */
export const silenceMarginMs = 5_000;

/** Sends a statement and waits for its answer; with a span, but only in a trace that is recorded: outside of one this costs a look. */
export function runStatement(
  client: pg.ClientBase,
  statement: Statement,
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  if (!isTracing()) return send(client, statement, values);
  const text = typeof statement === 'string' ? statement : statement.text;
  const name = typeof statement === 'string' ? undefined : statement.name;
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, 500) };
  const run = (): Promise<pg.QueryResult> => send(client, statement, values);
  return withSpan(`sql ${name ?? text.trimStart().split(/\s/, 1)[0]}`, { kind: 'client', attributes }, run);
}

function send(client: pg.ClientBase, statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
  if (typeof statement === 'string') return client.query(statement, values.map(asParameter));
  const { name, text, timeoutMs } = statement;
  return client.query({
    text,
    values: values.map(asParameter),
    ...(name === undefined ? {} : { name }),
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs + silenceMarginMs }),
  });
}

/** The one place where rows take the caller's type: SQL cannot be checked from here. */
export function rowsOf<Row>(result: { rows: Row[] }): Row[] {
  return result.rows;
}
