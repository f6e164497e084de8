/** What is sent to a database and what comes back, the same on every connection. */
import type pg from 'pg';
import { CodedError } from '../coded-error.ts';
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

/** A connection, and how long it may leave a statement without an answer. */
export interface Link {
  readonly client: pg.ClientBase;
  readonly silenceMaxMs: number;
}

/** How values of an answer are written. `pg` reads the text only. */
export type AnswerFormat = 'text' | 'binary';

/** Sends a statement and waits for its answer; with a span, but only in a trace that is recorded: outside of one this costs a look. */
export function runStatement(
  link: Link,
  statement: Statement,
  values: readonly unknown[],
  format: AnswerFormat = 'text',
): Promise<pg.QueryResult> {
  if (!isTracing()) return send(link, statement, values, format);
  const text = typeof statement === 'string' ? statement : statement.text;
  const name = typeof statement === 'string' ? undefined : statement.name;
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, 500) };
  const run = (): Promise<pg.QueryResult> => send(link, statement, values, format);
  return withSpan(`sql ${name ?? text.trimStart().split(/\s/, 1)[0]}`, { kind: 'client', attributes }, run);
}

/** The same without a span, for statements around those of a caller. */
export async function send(
  { client, silenceMaxMs }: Link,
  statement: Statement,
  values: readonly unknown[] = [],
  format: AnswerFormat = 'text',
): Promise<pg.QueryResult> {
  const { name, text, timeoutMs }: NamedStatement = typeof statement === 'string' ? { text: statement } : statement;
  const binary = format === 'binary';
  const query = { text, values: values.map(asParameter), binary, ...(name === undefined ? {} : { name }) };
  const withinMs = timeoutMs === undefined ? silenceMaxMs : timeoutMs + silenceMarginMs;
  try {
    return await answerTo(client, query, withinMs);
  } catch (error) {
    // Where it was made only the socket was reading; from here the stack leads back to whoever sent the statement.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  }
}

/**
 * With a callback and a timer of our own, instead of the promise and the `query_timeout` of `pg`. Those write a function
 * into the query (`query.callback = …`). V8 makes a function that is written into a property old from the beginning, for
 * it guesses that it will stay. So parameters and rows of every statement would outlive all quick garbage collections.
 */
function answerTo(client: pg.ClientBase, query: pg.QueryConfig, withinMs: number): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const silence = setTimeout(() => reject(connectionSilent(withinMs)), withinMs);
    client.query(query, (error: Error | null, result: pg.QueryResult) => {
      clearTimeout(silence);
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

function connectionSilent(afterMs: number): CodedError {
  return new CodedError('sql_silent', `the database did not answer a statement within ${afterMs} ms`, {
    details: { afterMs },
    nextStep: 'whether it was done is not known; look whether the database, and the network to it, are well',
  });
}

/** The one place where rows take the caller's type: SQL cannot be checked from here. */
export function rowsOf<Row>(result: { rows: Row[] }): Row[] {
  return result.rows;
}
