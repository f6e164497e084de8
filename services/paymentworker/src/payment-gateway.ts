/**
 * What a payment provider must offer, and what it may answer. The hard part of money is the unknown outcome, so it is
 * an answer here and never an exception: the worker asks again with the same key, and never with a new one.
 */
import type { Money, OrderId } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';

/** One payment. The order's id is the provider's idempotency key, for ever: an order is paid once. */
export interface PaymentRequest {
  readonly key: OrderId;
  readonly amount: Money;
  readonly payer: string;
}

/** What a debit came to. */
export type DebitAnswer =
  | { readonly kind: 'debited'; readonly reference: string }
  | { readonly kind: 'declined'; readonly code: string; readonly message: string }
  /** The payment was voided before: no debit will ever be taken under this key. */
  | { readonly kind: 'closed' }
  /** Whether money was taken is not known. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a void came to. */
export type VoidAnswer =
  /** The payment is closed. `givenBack` is 0 if nothing had been taken. */
  | { readonly kind: 'closed'; readonly givenBack: Money; readonly reference: string | null }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What the provider knows of a payment. */
export type PaymentStatus =
  | DebitAnswer
  /** The provider never saw this key. */
  | { readonly kind: 'none' };

/** The provider cannot be reached at all (nothing answers at its address): wait for it. */
export class GatewayUnreachable extends CodedError {
  constructor(address: string, cause: unknown) {
    super('payment_gateway_unreachable', `nothing answers at ${address}`, {
      details: { address },
      cause,
      nextStep: 'start the payment gateway; debits and voids wait until it answers',
    });
  }
}

/**
 * A payment provider. Promises that an adapter must keep: the same key never takes money twice; after `void` answered
 * `closed`, no debit under that key is ever taken (an adapter for a provider without such tombstones must first
 * resolve the payment to a known outcome). All calls are bounded in time. Rejects only with `GatewayUnreachable`.
 */
export interface PaymentGateway {
  debit(request: PaymentRequest): Promise<DebitAnswer>;
  void(request: PaymentRequest): Promise<VoidAnswer>;
  lookUp(request: PaymentRequest): Promise<PaymentStatus>;
}
