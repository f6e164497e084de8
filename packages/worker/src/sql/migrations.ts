/** The tables of every worker, in workersdb; the projector has them in ordersdb, for its dead letters. */
import type { Migration } from '@eventstream/platform/sql';

/** The component's name in `schema_migrations`. */
export const workerComponent = 'worker';

/** In order; each is one DDL statement. */
export const workerMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'marks: how far each consumer is for sure',
    statement: `create table if not exists worker_marks (
      consumer text not null,
      log text not null,
      position int8 not null,
      incarnation uuid not null,
      changed_at timestamptz not null default now(),
      primary key (consumer, log))`,
  },
  {
    number: 2,
    name: 'waiting work',
    statement: `create table if not exists worker_waiting (
      consumer text not null,
      event_id uuid not null,
      type text not null,
      log text not null,
      position int8 not null,
      stream text not null,
      revision int8 not null,
      attempts int8 not null,
      failures int8 not null,
      reason text not null,
      traceparent text,
      due_at timestamptz not null,
      first_at timestamptz not null default now(),
      primary key (consumer, event_id))`,
  },
  {
    number: 3,
    name: 'waiting work of a stream, in order',
    statement: `create index if not exists worker_waiting_stream on worker_waiting (consumer, stream, position)`,
  },
  {
    number: 4,
    name: 'waiting work that is due',
    statement: `create index if not exists worker_waiting_due on worker_waiting (consumer, due_at)`,
  },
  {
    number: 5,
    name: 'dead letters',
    statement: `create table if not exists dead_letters (
      id uuid primary key,
      consumer text not null,
      event_id uuid not null,
      type text not null,
      log text not null,
      position int8 not null,
      stream text not null,
      revision int8 not null,
      reason text not null,
      stack text,
      attempts int8 not null,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now(),
      state text not null check (state in ('open', 'redriveRequested', 'redriven', 'discarded')),
      resolved_by text,
      resolved_why text,
      resolved_at timestamptz,
      constraint dead_letters_once unique (consumer, event_id))`,
  },
  {
    number: 6,
    name: 'dead letters of a stream',
    statement: `create index if not exists dead_letters_stream on dead_letters (consumer, stream, position)`,
  },
  {
    number: 7,
    name: 'dead letters by state',
    statement: `create index if not exists dead_letters_state on dead_letters (state, consumer)`,
  },
  {
    number: 8,
    name: 'what people decided about dead letters',
    statement: `create table if not exists dead_letter_decisions (
      id uuid primary key,
      dead_letter uuid not null,
      decision text not null check (decision in ('redrive', 'discard')),
      decided_by text not null,
      why text not null,
      decided_at timestamptz not null default now())`,
  },
  {
    number: 9,
    name: 'decisions about a dead letter',
    statement: `create index if not exists dead_letter_decisions_letter on dead_letter_decisions (dead_letter)`,
  },
  {
    number: 10,
    name: 'dry runs that people ask for, and their answers',
    statement: `create table if not exists dead_letter_dry_runs (
      id uuid primary key,
      dead_letter uuid not null,
      consumer text not null,
      asked_by text not null,
      asked_at timestamptz not null default now(),
      state text not null check (state in ('asked', 'running', 'answered')),
      outcome text,
      says text,
      stack text,
      effects text,
      answered_at timestamptz)`,
  },
  {
    number: 11,
    name: 'dry runs of a consumer',
    statement: `create index if not exists dead_letter_dry_runs_state on dead_letter_dry_runs (consumer, state)`,
  },
  {
    number: 12,
    name: 'whether work is due again because somebody holds it, or because it waits',
    statement: `alter table worker_waiting add column if not exists is_held bool not null default false`,
  },
  {
    number: 13,
    name: 'waiting work that somebody holds',
    statement: `create index if not exists worker_waiting_held on worker_waiting (consumer, due_at) where is_held`,
  },
];
