/**
 * Which fact may follow in an order's life. Here every command is the wish to record one fact, so the command is the
 * fact itself: `decide` allows it, finds it recorded already, or says why not. The rules are drawn in
 * docs/state-machines.md.
 *
 * Whoever appends the allowed event does so with the revision the order was loaded at; when another writer was faster
 * the append conflicts, and the order is loaded and decided again. That revision is the lock between approve and cancel.
 */
import { isSameMoney, type Money, type OrderEvent } from '@eventstream/contracts';
import { hasEnded, type Order, type Payment, type PlacedOrder } from './order.ts';

/** An expected "no". The code is stable; the message is a sentence for people. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
}

/** Every reason for a "no". */
export type RejectionCode =
  | 'order_unknown'
  | 'order_exists'
  | 'order_not_paid'
  | 'order_approved'
  | 'order_cancelling'
  | 'order_ended'
  | 'order_not_cancelling'
  | 'payment_wrong_payer'
  | 'payment_wrong_amount'
  | 'payment_debited'
  | 'payment_declined'
  | 'payment_closed'
  | 'payment_not_closed';

/** What `decide` answers. */
export type Decision =
  | { readonly kind: 'event'; readonly event: OrderEvent }
  /** The same meaning is recorded: success, nothing to store. */
  | { readonly kind: 'already' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

const already: Decision = { kind: 'already' };
const allow = (event: OrderEvent): Decision => ({ kind: 'event', event });
const reject = (code: RejectionCode, message: string): Decision => ({ kind: 'rejected', rejection: { code, message } });

/** Whether this fact may be recorded now. */
export function decide(order: Order, fact: OrderEvent): Decision {
  if (fact.kind === 'created') return decideCreated(order, fact);
  if (order.status === 'none') return reject('order_unknown', 'there is no such order');
  switch (fact.kind) {
    case 'paymentDebited':
      return decideDebited(order, fact);
    case 'paymentDeclined':
      return decideDeclined(order, fact);
    case 'paymentVoided':
      return decideVoided(order, fact);
    case 'reviewRequested':
      return order.status === 'InReview' ? already : decideReview(order, fact);
    case 'approved':
      return order.status === 'Approved' ? already : decideReview(order, fact);
    case 'reviewRejected':
      return isCancelledFor(order, 'review_rejected') ? already : decideReview(order, fact);
    case 'cancelRequested':
      return decideCancelRequested(order, fact);
    case 'paymentVoidRequested':
      return decideVoidRequested(order, fact);
    case 'cancelled':
      return decideCancelled(order, fact);
  }
}

type Fact<Kind extends OrderEvent['kind']> = Extract<OrderEvent, { kind: Kind }>;

function decideCreated(order: Order, fact: Fact<'created'>): Decision {
  if (order.status === 'none') return allow(fact);
  return order.details.requestHash !== '' && order.details.requestHash === fact.requestHash
    ? already
    : reject('order_exists', `order ${fact.orderId} exists with other content`);
}

function decideDebited(order: PlacedOrder, fact: Fact<'paymentDebited'>): Decision {
  const { payment, details } = order;
  // Programs written for the seed may leave out who paid. Who names somebody else means another order's money.
  if (fact.customerId !== '' && fact.customerId !== details.customerId)
    return reject('payment_wrong_payer', `the order is of ${details.customerId}, not ${fact.customerId}`);
  switch (payment.kind) {
    case 'open':
      if (hasEnded(order)) return ended(order);
      return isSameMoney(fact.amount, details.amount)
        ? allow(fact)
        : reject('payment_wrong_amount', `the order is for ${show(details.amount)}, not ${show(fact.amount)}`);
    case 'debited':
      return isSameMoney(fact.amount, payment.amount)
        ? already
        : reject('payment_debited', `${show(payment.amount)} are debited already; an order is debited once`);
    case 'declined':
      return reject('payment_declined', 'the payment was declined');
    case 'closed':
      return payment.debited && isSameMoney(fact.amount, payment.debited)
        ? already
        : reject('payment_closed', 'the payment was voided; nothing can be debited any more');
  }
}

function decideDeclined(order: PlacedOrder, fact: Fact<'paymentDeclined'>): Decision {
  if (order.payment.kind === 'declined') return already;
  if (hasEnded(order)) return ended(order);
  if (order.payment.kind === 'debited')
    return reject('payment_debited', 'the payment was debited, so it was not declined');
  if (order.payment.kind === 'closed') return reject('payment_closed', 'the payment was voided');
  return allow(fact);
}

function decideVoided(order: PlacedOrder, fact: Fact<'paymentVoided'>): Decision {
  if (order.payment.kind === 'closed') return already;
  if (hasEnded(order)) return ended(order);
  if (order.status !== 'Cancelling')
    return reject('order_not_cancelling', 'money is given back only while an order is being cancelled');
  const taken = takenOf(order.payment);
  const matches = taken ? isSameMoney(fact.amount, taken) : fact.amount.minor === 0n;
  return matches
    ? allow(fact)
    : reject(
        'payment_wrong_amount',
        `${taken ? show(taken) : 'nothing'} was taken, so ${show(fact.amount)} cannot be given back`,
      );
}

/** Requesting a review, approving and rejecting are decisions: legal only between the debit and an end. */
function decideReview(order: PlacedOrder, fact: Fact<'reviewRequested' | 'approved' | 'reviewRejected'>): Decision {
  switch (order.status) {
    case 'PaymentDebited':
    case 'InReview':
      return allow(fact);
    case 'Pending':
      return reject('order_not_paid', 'the order is not paid yet');
    case 'Approved':
      return reject('order_approved', 'the order is approved');
    case 'Cancelling':
      return reject('order_cancelling', `the order is being cancelled (${order.reason})`);
    case 'Cancelled':
      return ended(order);
  }
}

function decideCancelRequested(order: PlacedOrder, fact: Fact<'cancelRequested'>): Decision {
  if (order.status === 'Cancelling' || order.status === 'Cancelled') return already;
  if (order.status === 'Approved')
    return reject('order_approved', 'the order is approved; giving its money back is a refund, not a cancellation');
  return allow(fact);
}

function decideVoidRequested(order: PlacedOrder, fact: Fact<'paymentVoidRequested'>): Decision {
  if (order.status === 'Cancelling' && order.voidRequested) return already;
  if (hasEnded(order)) return ended(order);
  if (order.payment.kind === 'declined')
    return reject('payment_declined', 'the payment was declined: there is nothing to void');
  if (order.payment.kind === 'closed') return reject('payment_closed', 'the payment is closed already');
  return allow(fact);
}

function decideCancelled(order: PlacedOrder, fact: Fact<'cancelled'>): Decision {
  if (order.status === 'Cancelled') return already;
  if (order.status === 'Approved') return ended(order);
  if (order.status !== 'Cancelling')
    return reject('order_not_cancelling', 'nothing has asked for the order to be cancelled');
  return order.payment.kind === 'declined' || order.payment.kind === 'closed'
    ? allow(fact)
    : reject('payment_not_closed', 'the payment is neither declined nor voided yet');
}

function ended(order: PlacedOrder): Decision {
  return reject('order_ended', `the order has ended: ${order.status}`);
}

function isCancelledFor(order: PlacedOrder, reason: string): boolean {
  return (order.status === 'Cancelling' || order.status === 'Cancelled') && order.reason === reason;
}

function takenOf(payment: Payment): Money | undefined {
  return payment.kind === 'debited' ? payment.amount : undefined;
}

function show(money: Money): string {
  return `${money.minor} minor units of ${money.currency}`;
}
