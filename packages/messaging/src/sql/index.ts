/** What messaging keeps in the event store's database. */
export { relayMigrations } from './migrations.ts';
export { SqlRelayLease } from './relay-lease.ts';
