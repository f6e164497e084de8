/**
 * How many rows a database looks at for what is asked of it: the same on a quick machine and on a busy one, where a bound
 * on time would fail or say nothing.
 */
import type { Sql, SqlSession, Statement } from '@eventstream/platform/sql';
import { throughTo } from './through-to.ts';

/** A database whose statements are looked into. */
export interface WatchedSql {
  /** Answers as the database itself does, only later. */
  readonly sql: Sql;
  /** Rows that the tables of all statements gave or passed over, since this was asked last. */
  rowsLookedAt(): number;
}

/** What a plan tells of one of its steps. */
interface Step {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Step[];
}

interface PlanRow {
  readonly 'QUERY PLAN': readonly { readonly Plan: Step }[];
}

/** Watches what is asked with `query`, also in transactions. Each statement runs twice, the first time without effect. */
export function watchedSql(sql: Sql): WatchedSql {
  let looked = 0;
  const look = async (session: SqlSession, statement: Statement, values: readonly unknown[]): Promise<void> => {
    const text = typeof statement === 'string' ? statement : statement.text;
    await session.execute('savepoint before_the_look');
    const rows = await session.query<PlanRow>(`explain (analyze, format json) ${text}`, values);
    await session.execute('rollback to savepoint before_the_look');
    for (const row of rows) for (const { Plan: plan } of row['QUERY PLAN']) looked += rowsIn(plan);
  };
  const watched = (tx: SqlSession): SqlSession => ({
    execute: (statement, values) => tx.execute(statement, values),
    query: async (statement, values = []) => {
      await look(tx, statement, values);
      return tx.query(statement, values);
    },
  });
  const outside: SqlSession = {
    query: (statement, values) => sql.transaction((tx) => watched(tx).query(statement, values)),
    execute: (statement, values) => sql.execute(statement, values),
  };
  return {
    sql: {
      ...throughTo(sql),
      ...outside,
      pipeline: () => ({ ...outside, close: async () => {} }),
      transaction: (work, options) => sql.transaction((tx) => work(watched(tx)), options),
    },
    rowsLookedAt() {
      const rows = looked;
      looked = 0;
      return rows;
    },
  };
}

/** A step that reads a table, and all below it. */
function rowsIn(step: Step): number {
  const passedOver = (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0);
  const here = step['Relation Name'] === undefined ? 0 : (step['Actual Rows'] + passedOver) * step['Actual Loops'];
  return (step.Plans ?? []).reduce((sum, below) => sum + rowsIn(below), here);
}
