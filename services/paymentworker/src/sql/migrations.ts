/** The tables of the payment worker, in workersdb. */
import type { Migration } from '@eventstream/platform/sql';

/** In order; each is one statement, so that it also runs where DDL cannot share a transaction. */
export const paymentMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'payment intents',
    statement: `create table if not exists payment_intents (
      order_id uuid primary key,
      amount_minor int8 not null,
      currency text not null,
      payer text not null,
      state text not null check (state in ('intended', 'debited', 'declined', 'closing', 'closed')),
      intended_at timestamptz not null default now(),
      settled_at timestamptz)`,
  },
  {
    number: 2,
    name: 'payment intents that are open',
    statement: `create index if not exists payment_intents_open on payment_intents (state, intended_at)`,
  },
  {
    number: 3,
    name: 'payment intents that are open, which nobody asks for: the index was moved each time an intent was settled',
    statement: 'drop index if exists payment_intents_open',
  },
];
