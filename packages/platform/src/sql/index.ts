/** SQL for services: open a pool, run statements and transactions, judge errors, migrate. */

export { asParameter } from './array-literal.ts';
export { faultOf, isConnectionLoss, isDatabaseAway, nextStepAtDatabase, type SqlFault } from './faults.ts';
export { endsTooFarAhead } from './lease.ts';
export { type MigrateOptions, type Migration, migrate } from './migrate.ts';
export { openSql, type Sql, type SqlOptions, type TransactionOptions } from './sql.ts';
export { askToRead, askToWrite, sqlPart } from './sql-part.ts';
export type { NamedStatement, SqlPipeline, SqlRow, SqlSession, Statement } from './statement.ts';
export type { Dialect } from './transaction.ts';
