/** The saga store in PostgreSQL or CockroachDB. */
export { sagaComponent, sagaMigrations } from './migrations.ts';
export { forgetSagas, type SqlSagaStoreOptions, sqlSagaStore } from './sql-saga-store.ts';
