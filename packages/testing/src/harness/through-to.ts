/** A way to a database in which a test replaces what it wants otherwise. */
import type { Sql } from '@eventstream/platform/sql';

/** Hands everything on to a PostgreSQL; spread it and replace what a test wants otherwise. */
export function throughTo(sql: Sql): Sql {
  return {
    dialect: 'postgres',
    query: (...asked) => sql.query(...asked),
    execute: (...asked) => sql.execute(...asked),
    transaction: (...asked) => sql.transaction(...asked),
    queryIdempotent: (...asked) => sql.queryIdempotent(...asked),
    wholeRows: (...asked) => sql.wholeRows(...asked),
    pipeline: () => sql.pipeline(),
    now: () => sql.now(),
    close: () => sql.close(),
  };
}
