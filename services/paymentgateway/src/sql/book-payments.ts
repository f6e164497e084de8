/**
 * Books many payments with one commit: a payment's row and its two ledger entries are written together. Debits need one
 * statement, voids a transaction that holds their rows.
 */
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import { type DebitOrder, isSameOrder, type PaymentOrder } from '../ledger.ts';
import { type PaymentRow, paymentColumns, selectPayments, toPayment } from './payment-row.ts';

/** A payment that is debited is booked with its two entries at once: nobody ever sees one without the other. */
const bookPayments = {
  name: 'gateway-book',
  text: `with booked as (
           insert into payments (payment_key, status, amount_minor, currency, payer, reference, decline_code)
           select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[])
           on conflict (payment_key) do nothing
           returning ${paymentColumns}),
         entries as (
           insert into ledger_entries (payment_key, movement, account, amount_minor, currency)
           select payment_key, 'debit', 'payer:' || payer, -amount_minor, currency from booked where status = 'debited'
           union all
           select payment_key, 'debit', 'merchant', amount_minor, currency from booked where status = 'debited'
           returning 1)
         select ${paymentColumns} from booked`,
};

/** Answers the payments by key, whoever booked them. Done again after an answer that was lost, it finds the payments instead. */
export async function bookDebits(sql: Sql, orders: readonly DebitOrder[]): Promise<Map<string, PaymentRow>> {
  const once = byKey(orders);
  const booked = await sql.queryIdempotent<PaymentRow>(bookPayments, [
    once.map((order) => order.key),
    once.map((order) => (order.declineCode === null ? 'debited' : 'declined')),
    once.map((order) => order.amountMinor),
    once.map((order) => order.currency),
    once.map((order) => order.payer),
    once.map((order) => (order.declineCode === null ? order.reference : null)),
    once.map((order) => order.declineCode),
  ]);
  const known = new Map(booked.map((row) => [row.payment_key, row]));
  const others = once.map((order) => order.key).filter((key) => !known.has(key));
  if (others.length > 0)
    for (const row of await sql.queryIdempotent<PaymentRow>(selectPayments, [others])) known.set(row.payment_key, row);
  return known;
}

const insertPayments = {
  name: 'gateway-insert',
  text: `insert into payments (payment_key, status, amount_minor, currency, payer, reference, decline_code)
         select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[])
         on conflict (payment_key) do nothing`,
};
const lockPayments = {
  name: 'gateway-lock',
  text: `select ${paymentColumns} from payments where payment_key = any($1::uuid[]) order by payment_key for update`,
};
const voidPayments = {
  name: 'gateway-void',
  text: `update payments set
           voided_minor = case when status = 'debited' then amount_minor else 0 end,
           status = 'voided',
           changed_at = now()
         where payment_key = any($1::uuid[])
         returning ${paymentColumns}`,
};
const insertEntries = {
  name: 'gateway-entries',
  text: `insert into ledger_entries (payment_key, movement, account, amount_minor, currency)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::text[])`,
};

/** Answers the payments by key, as they are now. One of another request is left alone. */
export async function bookVoids(tx: SqlSession, orders: readonly PaymentOrder[]): Promise<Map<string, PaymentRow>> {
  const once = byKey(orders);
  const keys = once.map((order) => order.key);
  // First a tombstone where there is nothing: from here on no debit can be booked under these keys.
  await tx.execute(insertPayments, [
    keys,
    once.map(() => 'voided'),
    once.map((order) => order.amountMinor),
    once.map((order) => order.currency),
    once.map((order) => order.payer),
    once.map(() => null),
    once.map(() => null),
  ]);
  const before = await tx.query<PaymentRow>(lockPayments, [keys]);
  const known = new Map(before.map((row) => [row.payment_key, row]));
  // One key may be named by two requests of one batch: it is closed when one of them is the payment's own.
  const meant = new Set<string>();
  for (const order of orders) {
    const row = known.get(order.key);
    if (row && isSameOrder(toPayment(row), order)) meant.add(order.key);
  }
  const open = before.filter((row) => row.status !== 'voided' && meant.has(row.payment_key));
  if (open.length === 0) return known;
  const debited = open.filter((row) => row.status === 'debited');
  if (debited.length > 0) await tx.execute(insertEntries, entriesOfVoids(debited));
  for (const voided of await tx.query<PaymentRow>(voidPayments, [open.map((row) => row.payment_key)]))
    known.set(voided.payment_key, voided);
  return known;
}

/** Double entries that give back what was debited: what leaves one account arrives at another. */
function entriesOfVoids(payments: readonly PaymentRow[]): readonly unknown[] {
  const rows = payments.flatMap((payment) => [
    { payment, account: `payer:${payment.payer}`, minor: payment.amount_minor },
    { payment, account: 'merchant', minor: -payment.amount_minor },
  ]);
  return [
    rows.map((row) => row.payment.payment_key),
    rows.map(() => 'void'),
    rows.map((row) => row.account),
    rows.map((row) => row.minor),
    rows.map((row) => row.payment.currency),
  ];
}

/** Each key once, in order, so that two batches that share payments wait for each other instead of deadlocking. */
function byKey<Order extends PaymentOrder>(orders: readonly Order[]): readonly Order[] {
  const once = [...new Map(orders.map((order) => [order.key, order])).values()];
  return once.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
