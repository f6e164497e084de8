/** The tables of the stand-in provider, in gatewaydb. */
import type { Migration } from '@eventstream/platform/sql';

export const gatewayMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'payments',
    statement: `create table if not exists payments (
      payment_key uuid primary key,
      status text not null check (status in ('debited', 'declined', 'voided')),
      amount_minor int8 not null check (amount_minor >= 0),
      currency text not null,
      payer text not null,
      reference text,
      voided_minor int8 not null default 0 check (voided_minor >= 0 and voided_minor <= amount_minor),
      decline_code text,
      changed_at timestamptz not null default now())`,
  },
  {
    number: 2,
    name: 'ledger entries: the primary key allows one debit and one void per payment',
    statement: `create table if not exists ledger_entries (
      payment_key uuid not null,
      movement text not null check (movement in ('debit', 'void')),
      account text not null,
      amount_minor int8 not null,
      currency text not null,
      booked_at timestamptz not null default now(),
      primary key (payment_key, movement, account))`,
  },
  {
    number: 3,
    name: 'calls counted for staged faults',
    statement: `create table if not exists staged_calls (
      payment_key uuid not null,
      operation text not null,
      calls int8 not null,
      primary key (payment_key, operation))`,
  },
];
