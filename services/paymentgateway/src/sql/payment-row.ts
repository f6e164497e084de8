/** A payment as its row. */
import type { Payment } from '../ledger.ts';

/** What a statement about payments answers. */
export interface PaymentRow {
  readonly payment_key: string;
  readonly status: Payment['status'];
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly payer: string;
  readonly reference: string | null;
  readonly voided_minor: bigint;
  readonly decline_code: string | null;
}

/** Its columns. */
export const paymentColumns =
  'payment_key, status, amount_minor, currency, payer, reference, voided_minor, decline_code';

/** The payments with these keys. */
export const selectPayments = {
  name: 'gateway-select',
  text: `select ${paymentColumns} from payments where payment_key = any($1::uuid[])`,
};

/** The payment in a row. */
export function toPayment(row: PaymentRow): Payment {
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
