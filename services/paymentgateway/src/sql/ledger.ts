/** The books in SQL. Debits that arrive while a commit is under way share the next one; so do voids. */
import { Batcher, CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { DebitOrder, Ledger, LedgerEntry, Payment, PaymentOrder, Turnover } from '../ledger.ts';
import { bookDebits, bookVoids } from './book-payments.ts';
import { type PaymentRow, selectPayments, toPayment } from './payment-row.ts';

const batchRowsMax = 200;
const queuedMax = 10_000;

const countCalls = {
  name: 'gateway-count',
  text: `insert into staged_calls (payment_key, operation, calls) values ($1, $2, 1)
         on conflict (payment_key, operation) do update set calls = staged_calls.calls + 1
         returning calls`,
};

/** The ledger in gatewaydb. */
export function sqlLedger(sql: Sql): Ledger {
  const debits = booking('ledger debit', (orders: readonly DebitOrder[]) => bookDebits(sql, orders));
  const voids = booking('ledger void', (orders: readonly PaymentOrder[]) =>
    sql.transaction((tx) => bookVoids(tx, orders), { onUnknownCommit: 'retry' }),
  );
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

/** Gathers orders, books them together, and answers each with its payment. */
function booking<Order extends PaymentOrder>(
  span: string,
  book: (orders: readonly Order[]) => Promise<ReadonlyMap<string, PaymentRow>>,
): Batcher<Order, Payment> {
  return new Batcher({
    span,
    maxItems: batchRowsMax,
    maxQueued: queuedMax,
    run: async (orders) => {
      const known = await book(orders);
      return orders.map((order) => mustHave(known, order.key));
    },
  });
}

function mustHave(known: ReadonlyMap<string, PaymentRow>, key: string): Payment {
  const row = known.get(key);
  if (row) return toPayment(row);
  throw new CodedError('gateway_payment_vanished', `payment ${key} was booked and is not there`, {
    details: { key },
  });
}

const selectEntries = {
  name: 'gateway-entries-select',
  text: `select movement, account, amount_minor, currency, booked_at from ledger_entries
         where payment_key = $1 order by booked_at, movement, account`,
};

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

const selectTurnover = {
  name: 'gateway-turnover',
  // As text: sums of int8 are wider than int8.
  text: `select currency, coalesce(sum(amount_minor) filter (where movement = 'debit'), 0)::text as debited,
           coalesce(-sum(amount_minor) filter (where movement = 'void'), 0)::text as voided
         from ledger_entries where account = 'merchant' group by currency order by currency`,
};

async function readTurnover(sql: Sql): Promise<readonly Turnover[]> {
  const rows = await sql.query<{ currency: string; debited: string; voided: string }>(selectTurnover);
  return rows.map(({ currency, debited, voided }) => ({
    currency,
    debitedMinor: BigInt(debited),
    voidedMinor: BigInt(voided),
  }));
}
