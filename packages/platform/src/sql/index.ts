/** SQL for services: open a pool, run statements and transactions, judge errors, migrate. */

export { faultOf, isConnectionLoss, isDatabaseAway, type SqlFault } from './faults.ts';
export { endsTooFarAhead } from './lease.ts';
export { type MigrateOptions, type Migration, migrate } from './migrate.ts';
export {
  type Dialect,
  type NamedStatement,
  openSql,
  type Sql,
  type SqlOptions,
  type SqlRow,
  type SqlSession,
  type Statement,
  type TransactionOptions,
} from './sql.ts';
export { sqlPart } from './sql-part.ts';
