/**
 * The books in SQL. Debits that arrive while a commit is under way share the next one; so do voids.
 * A payment's row and its two ledger entries are written in one transaction.
 */
import { Batcher, CodedError } from '@eventstream/platform';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import {
  type DebitOrder,
  isSameOrder,
  type Ledger,
  type LedgerEntry,
  type Payment,
  type PaymentOrder,
  type Turnover,
} from '../ledger.ts';

const batchRowsMax = 200;
const queuedMax = 10_000;

interface PaymentRow {
  readonly payment_key: string;
  readonly status: Payment['status'];
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly payer: string;
  readonly reference: string | null;
  readonly voided_minor: bigint;
  readonly decline_code: string | null;
}

const columns = 'payment_key, status, amount_minor, currency, payer, reference, voided_minor, decline_code';

const insertPayments = {
  name: 'gateway-insert',
  text: `insert into payments (payment_key, status, amount_minor, currency, payer, reference, decline_code)
         select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[])
         on conflict (payment_key) do nothing
         returning ${columns}`,
};
/** A payment that is debited is booked with its two entries at once: nobody ever sees one without the other. */
const bookPayments = {
  name: 'gateway-book',
  text: `with booked as (
           insert into payments (payment_key, status, amount_minor, currency, payer, reference, decline_code)
           select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[])
           on conflict (payment_key) do nothing
           returning ${columns}),
         entries as (
           insert into ledger_entries (payment_key, movement, account, amount_minor, currency)
           select payment_key, 'debit', 'payer:' || payer, -amount_minor, currency from booked where status = 'debited'
           union all
           select payment_key, 'debit', 'merchant', amount_minor, currency from booked where status = 'debited'
           returning 1)
         select ${columns} from booked`,
};
const insertEntries = {
  name: 'gateway-entries',
  text: `insert into ledger_entries (payment_key, movement, account, amount_minor, currency)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::text[])`,
};
const selectPayments = {
  name: 'gateway-select',
  text: `select ${columns} from payments where payment_key = any($1::uuid[])`,
};
const lockPayments = {
  name: 'gateway-lock',
  text: `select ${columns} from payments where payment_key = any($1::uuid[]) order by payment_key for update`,
};
const voidPayments = {
  name: 'gateway-void',
  text: `update payments set
           voided_minor = case when status = 'debited' then amount_minor else 0 end,
           status = 'voided',
           changed_at = now()
         where payment_key = any($1::uuid[])
         returning ${columns}`,
};
const selectEntries = {
  name: 'gateway-entries-select',
  text: `select movement, account, amount_minor, currency, booked_at from ledger_entries
         where payment_key = $1 order by booked_at, movement, account`,
};
const selectTurnover = {
  name: 'gateway-turnover',
  // As text: sums of int8 are wider than int8.
  text: `select currency, coalesce(sum(amount_minor) filter (where movement = 'debit'), 0)::text as debited,
           coalesce(-sum(amount_minor) filter (where movement = 'void'), 0)::text as voided
         from ledger_entries where account = 'merchant' group by currency order by currency`,
};
const countCalls = {
  name: 'gateway-count',
  text: `insert into staged_calls (payment_key, operation, calls) values ($1, $2, 1)
         on conflict (payment_key, operation) do update set calls = staged_calls.calls + 1
         returning calls`,
};

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

/** Done again after an answer that was lost, it finds the payments instead. */
async function bookDebits(sql: Sql, orders: readonly DebitOrder[]): Promise<Map<string, PaymentRow>> {
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

async function bookVoids(tx: SqlSession, orders: readonly PaymentOrder[]): Promise<Map<string, PaymentRow>> {
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

function toPayment(row: PaymentRow): Payment {
  return {
    key: row.payment_key,
    status: row.status,
    amountMinor: row.amount_minor,
    currency: row.currency,
    payer: row.payer,
    reference: row.reference,
    voidedMinor: row.voided_minor,
    declineCode: row.decline_code,
  };
}

function mustHave(known: ReadonlyMap<string, PaymentRow>, key: string): Payment {
  const row = known.get(key);
  if (row) return toPayment(row);
  throw new CodedError('gateway_payment_vanished', `payment ${key} was booked and is not there`, {
    details: { key },
  });
}

interface EntryRow {
  readonly movement: LedgerEntry['movement'];
  readonly account: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly booked_at: Date;
}

async function readEntries(sql: Sql, key: string): Promise<readonly LedgerEntry[]> {
  const rows = await sql.query<EntryRow>(selectEntries, [key]);
  return rows.map((row) => ({
    movement: row.movement,
    account: row.account,
    amountMinor: row.amount_minor,
    currency: row.currency,
    bookedAtMs: row.booked_at.getTime(),
  }));
}

async function readTurnover(sql: Sql): Promise<readonly Turnover[]> {
  const rows = await sql.query<{ currency: string; debited: string; voided: string }>(selectTurnover);
  return rows.map(({ currency, debited, voided }) => ({
    currency,
    debitedMinor: BigInt(debited),
    voidedMinor: BigInt(voided),
  }));
}

/** The ledger in gatewaydb. */
export function sqlLedger(sql: Sql): Ledger {
  const debits = new Batcher<DebitOrder, Payment>({
    span: 'ledger debit',
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (orders) => {
      const known = await bookDebits(sql, orders);
      return orders.map((order) => mustHave(known, order.key));
    },
  });
  const voids = new Batcher<PaymentOrder, Payment>({
    span: 'ledger void',
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (orders) => {
      const known = await sql.transaction((tx) => bookVoids(tx, orders), { onUnknownCommit: 'retry' });
      return orders.map((order) => mustHave(known, order.key));
    },
  });
  return {
    debit: (order) => debits.submit(order),
    void: (order) => voids.submit(order),
    async payment(key) {
      const rows = await sql.query<PaymentRow>(selectPayments, [[key]]);
      const row = rows[0];
      return row && toPayment(row);
    },
    entries: (key) => readEntries(sql, key),
    turnover: () => readTurnover(sql),
    async countCall(key, operation) {
      const rows = await sql.query<{ calls: bigint }>(countCalls, [key, operation]);
      return Number(rows[0]?.calls ?? 1n);
    },
  };
}
