/** The event store over PostgreSQL or CockroachDB. */
export { createLog } from './create-log.ts';
export { defaultLimits, type SqlStoreLimits } from './limits.ts';
export { eventStoreComponent, eventStoreMigrations } from './migrations.ts';
export { changeIncarnation, importEvents } from './operate-log.ts';
export { type EventRow, eventColumns, eventOfRow } from './reading/read-events.ts';
export {
  type SqlEventStore,
  type SqlEventStoreOptions,
  sqlEventStore,
} from './sql-event-store.ts';
export type { CommittedEvents } from './sql-log.ts';
