/** The console's table, in workersdb: who did what, when and why. Rows are added, never changed. */
import type { Migration } from '@eventstream/platform/sql';

/** In order; each is one statement, so that it also runs where DDL cannot share a transaction. */
export const consoleMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'what operators asked for, and what came of it',
    // `asked` is written before anything is done, `ended` after it: an action that nobody knows the end of shows as such.
    statement: `create table if not exists console_actions (
      id uuid not null,
      stage text not null check (stage in ('asked', 'ended')),
      at timestamptz not null default now(),
      operator text not null,
      action text not null,
      subject text not null,
      why text not null,
      outcome text check (outcome in ('done', 'refused', 'failed')),
      says text,
      primary key (id, stage))`,
  },
  {
    number: 2,
    name: 'actions, newest first',
    statement: `create index if not exists console_actions_newest on console_actions (stage, at desc, id desc)`,
  },
  {
    number: 3,
    name: 'actions about one thing',
    statement: `create index if not exists console_actions_subject on console_actions (subject, stage, at desc)`,
  },
];
