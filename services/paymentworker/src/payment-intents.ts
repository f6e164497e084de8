/**
 * What the worker means to do with an order's payment, written down before the provider is asked. A crash between the
 * provider's answer and the event is thereby found, and a debit and a void that overtake each other meet in one row.
 */
import type { Money, OrderId } from '@eventstream/contracts';

/** How far a payment has got. `closing`: a void has begun, so no debit may be started any more. */
export type IntentState = 'intended' | 'debited' | 'declined' | 'closing' | 'closed';

/** One order's row. */
export interface PaymentIntent {
  readonly orderId: OrderId;
  readonly amount: Money;
  readonly payer: string;
}

/** The rows. Every changing call resolves after its commit; concurrent calls share commits. */
export interface PaymentIntents {
  /** Writes the intent to debit if there is no row, and answers the state the row has now. */
  intend(intent: PaymentIntent): Promise<IntentState>;
  /** Marks that a void has begun, making the row if there is none. A closed row stays closed. */
  close(intent: PaymentIntent): Promise<IntentState>;
  /** The state of an order's row; undefined when it has none. Changes nothing. */
  look(orderId: OrderId): Promise<IntentState | undefined>;
  /** The fact is in the log. A row that is closing goes only to `closed`; where there is no row, none is made. */
  settle(orderId: OrderId, state: 'debited' | 'declined' | 'closed'): Promise<void>;
}
