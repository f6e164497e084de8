/**
 * The provider's books: one payment per key, and double entries for every movement, so that the sum over all accounts
 * is zero in each currency at every moment.
 */

/** A payment as the provider knows it. */
export interface Payment {
  readonly key: string;
  /** `voided` is also what a payment becomes that was voided before any debit: a tombstone that refuses the debit. */
  readonly status: 'debited' | 'declined' | 'voided';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly payer: string;
  /** The provider's own number of the debit; null when none was taken. */
  readonly reference: string | null;
  /** What was given back: 0 unless a debit was voided. */
  readonly voidedMinor: bigint;
  readonly declineCode: string | null;
}

/** What is asked for under a key. The same key with another request is refused. */
export interface PaymentOrder {
  readonly key: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly payer: string;
}

/** The same key with another amount, currency or payer is a mistake of the caller, not a second payment. */
export function isSameOrder(payment: Omit<PaymentOrder, 'key'>, order: PaymentOrder): boolean {
  return (
    payment.amountMinor === order.amountMinor && payment.currency === order.currency && payment.payer === order.payer
  );
}

/** A debit to book, or a decline to remember: both are final. */
export interface DebitOrder extends PaymentOrder {
  readonly reference: string;
  readonly declineCode: string | null;
}

/** One line of the books. */
export interface LedgerEntry {
  readonly movement: 'debit' | 'void';
  readonly account: string;
  /** What the account gained; what it lost is negative. */
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Milliseconds since 1970. */
  readonly bookedAtMs: number;
}

/** What the merchant was paid and gave back in one currency, over all payments. */
export interface Turnover {
  readonly currency: string;
  readonly debitedMinor: bigint;
  readonly voidedMinor: bigint;
}

/** The books. Every call resolves after its commit. */
export interface Ledger {
  /** Books the debit (or decline) unless the key is known; answers the payment as it is now, whoever booked it. */
  debit(order: DebitOrder): Promise<Payment>;
  /** Gives back what was taken, and closes the key for ever; a payment of another request is answered and left alone. */
  void(order: PaymentOrder): Promise<Payment>;
  payment(key: string): Promise<Payment | undefined>;
  /** The lines of one payment, oldest first. */
  entries(key: string): Promise<readonly LedgerEntry[]>;
  /** Counts every payment: to be asked now and then. */
  turnover(): Promise<readonly Turnover[]>;
  /** Counts a call for a key and an operation, from 1; durable, so that staged faults happen as often as announced. */
  countCall(key: string, operation: 'debit' | 'void'): Promise<number>;
}
