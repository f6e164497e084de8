/** The saga store in PostgreSQL or CockroachDB. */
export { sagaComponent, sagaMigrations } from './migrations.ts';
export { type SqlSagaStoreOptions, sqlSagaStore } from './sql-saga-store.ts';
