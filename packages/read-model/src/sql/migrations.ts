/**
 * The tables of the read model, in ordersdb. Every row carries the generation it belongs to, so that a rebuild fills
 * a new generation beside the live one, and the swap is one small transaction without any DDL.
 */
import type { Migration } from '@eventstream/platform/sql';

export const readModelMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'projections: each generation and how far it has got',
    statement: `create table if not exists projections (
      name text not null,
      generation int8 not null,
      state text not null check (state in ('building', 'live', 'retired')),
      position int8 not null,
      incarnation uuid,
      changed_at timestamptz not null default now(),
      primary key (name, generation))`,
  },
  {
    number: 2,
    name: 'orders',
    statement: `create table if not exists orders (
      generation int8 not null,
      orderid uuid not null,
      customerid text not null,
      restaurantid text not null,
      amount_minor int8 not null,
      currency text not null,
      status text not null,
      reason text,
      createdon text not null,
      payment text not null,
      debited_minor int8 not null,
      revision int8 not null,
      position int8 not null,
      created_position int8 not null,
      stale bool not null default false,
      primary key (generation, orderid))`,
  },
  {
    number: 3,
    name: 'order items',
    statement: `create table if not exists orderitems (
      generation int8 not null,
      orderid uuid not null,
      line int8 not null,
      code text not null,
      name text not null,
      unitprice_minor int8 not null,
      quantity int8 not null,
      primary key (generation, orderid, line))`,
  },
  {
    number: 4,
    name: 'orders, newest first',
    statement: 'create index if not exists orders_newest on orders (generation, created_position desc)',
  },
  {
    number: 5,
    name: 'orders of a customer, newest first',
    statement:
      'create index if not exists orders_of_customer on orders (generation, customerid, created_position desc)',
  },
  {
    number: 6,
    name: 'orders in a status, newest first',
    statement: 'create index if not exists orders_in_status on orders (generation, status, created_position desc)',
  },
];
