/** What gatewaydb says: the provider's own books. */
import type { Sql } from '@eventstream/platform/sql';
import type { PaymentEvidence } from '../evidence.ts';
import type { Keyed } from '../sorted-cursor.ts';
import { firstUuid, pageRows, pagesByKey, streamOf } from './pages-by-key.ts';

interface PaymentRow {
  readonly payment_key: string;
  readonly status: string;
  readonly amount_minor: bigint;
  readonly voided_minor: bigint;
  readonly currency: string;
  readonly payer: string;
  readonly reference: string | null;
  readonly debited: bigint;
  readonly returned: bigint;
  readonly total: bigint;
  readonly has_stray: boolean;
  readonly is_settled: boolean;
}

const paymentsStatement = {
  name: 'verify-payments',
  text: `select k.payment_key, coalesce(p.status, 'unknown') as status, coalesce(p.amount_minor, 0) as amount_minor,
           coalesce(p.voided_minor, 0) as voided_minor, coalesce(p.currency, '') as currency, coalesce(p.payer, '') as payer, p.reference,
           coalesce(p.changed_at <= $2, true) as is_settled,
           coalesce(sum(l.amount_minor) filter (where l.account = 'merchant' and l.movement = 'debit'), 0)::int8 as debited,
           coalesce(-sum(l.amount_minor) filter (where l.account = 'merchant' and l.movement = 'void'), 0)::int8 as returned,
           coalesce(sum(l.amount_minor), 0)::int8 as total,
           coalesce(bool_or(l.currency <> p.currency or (l.account <> 'merchant' and l.account <> 'payer:' || p.payer)), false)
             as has_stray
         from (
           (select payment_key from payments where payment_key > $1 order by payment_key limit ${pageRows})
           union
           (select distinct payment_key from ledger_entries where payment_key > $1 order by payment_key limit ${pageRows})
           order by payment_key limit ${pageRows}
         ) k
         left join payments p on p.payment_key = k.payment_key
         left join ledger_entries l on l.payment_key = k.payment_key
         group by k.payment_key, p.status, p.amount_minor, p.voided_minor, p.currency, p.payer, p.reference, p.changed_at
         order by k.payment_key`,
};

/**
 * Payments, and entries that have none, each as it is when its page is read. Which of them changed meanwhile is said, because
 * that may belong to orders and intents that this walk has passed already. No entry is left out by its time: a clock that was
 * set back has left some that lie ahead.
 */
export async function* readPayments(sql: Sql): AsyncGenerator<readonly Keyed<PaymentEvidence>[]> {
  const until = await sql.now();
  const read = (after: string) => sql.query<PaymentRow>(paymentsStatement, [after, until]);
  for await (const rows of pagesByKey(firstUuid, read, (row) => row.payment_key)) {
    yield rows.map((row) => ({ key: streamOf(row.payment_key), value: toPayment(row) }));
  }
}

function toPayment(row: PaymentRow): PaymentEvidence {
  return {
    status: row.status,
    amountMinor: row.amount_minor,
    voidedMinor: row.voided_minor,
    currency: row.currency,
    payer: row.payer,
    reference: row.reference,
    ledgerDebitedMinor: row.debited,
    ledgerVoidedMinor: row.returned,
    ledgerSumMinor: row.total,
    hasStrayEntry: row.has_stray,
    isSettled: row.is_settled,
  };
}
