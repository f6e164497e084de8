/** The store's tables, one DDL statement per migration, the same on PostgreSQL and CockroachDB. */
import type { Migration } from '@eventstream/platform/sql';

/** The component's name in `schema_migrations`. */
export const eventStoreComponent = 'event-store';

/**
 * Numbered for ever; a change is a new migration. There is no index by type: filtered reads look at a bounded window
 * of the log per page, and every index would cost each append.
 */
export const eventStoreMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'heads of logs',
    statement: `create table if not exists log_heads (
      log text primary key,
      position int8 not null,
      incarnation uuid not null,
      created_at timestamptz not null default now()
    )`,
  },
  {
    number: 2,
    name: 'events',
    statement: `create table if not exists events (
      log text not null,
      position int8 not null,
      stream text not null,
      revision int8 not null,
      event_id uuid not null,
      type text not null,
      data bytea not null,
      metadata text not null,
      recorded_at timestamptz not null,
      primary key (log, position),
      constraint events_stream_revision unique (log, stream, revision),
      constraint events_event_id unique (event_id)
    )`,
  },
];
