/** The saga store in PostgreSQL or CockroachDB. */
export { sagaComponent, sagaMigrations } from './migrations.ts';
export { type StoredAction, toPlanned } from './saga-rows.ts';
export { forgetSagas, type SqlSagaStoreOptions, sqlSagaStore } from './sql-saga-store.ts';
