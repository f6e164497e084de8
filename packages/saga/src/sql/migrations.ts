/** The tables of sagas, one statement each. Shared by every saga definition of a database. */
import type { Migration } from '@eventstream/platform/sql';

/** The component's name in `schema_migrations`. */
export const sagaComponent = 'saga';

export const sagaMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'saga rows',
    // due_at is when the action was due, for people; try_at is when the loop looks next. next_action null: nothing to do.
    statement: `create table if not exists sagas (
      saga text not null, stream text not null, log text not null, correlation text,
      state text not null, status text not null, step text, reason text,
      started_at timestamptz not null, since timestamptz not null,
      revision int8 not null, seen_revision int8 not null, fault text,
      next_action text, next_step text, due_at timestamptz, try_at timestamptz,
      attempts int8 not null default 0, last_error text, stuck_at timestamptz,
      claimed_by text, claim_until timestamptz,
      primary key (saga, stream))`,
  },
  {
    number: 2,
    name: 'saga checkpoints',
    statement: `create table if not exists saga_checkpoints (
      saga text primary key, position int8 not null, incarnation text not null)`,
  },
  {
    number: 3,
    name: 'what is due, in order',
    statement: `create index if not exists sagas_by_try_at on sagas (saga, try_at) where try_at is not null`,
  },
  {
    number: 4,
    name: 'sagas by status and age',
    statement: `create index if not exists sagas_by_status on sagas (saga, status, since, stream)`,
  },
  {
    number: 5,
    name: 'what is stuck',
    statement: `create index if not exists sagas_by_stuck_at on sagas (saga, stuck_at) where stuck_at is not null`,
  },
];
