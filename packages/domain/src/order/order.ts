/**
 * An order as the fold of its events. Status shown to clients:
 * Pending → PaymentDebited (→ InReview) → Approved, or → Cancelling → Cancelled.
 */
import type { CancelReason, Money, OrderCreated, OrderEvent } from '@eventstream/contracts';

/** What is known of an order's payment. `closed`: voided, or made impossible; no debit can follow. */
export type Payment =
  | { readonly kind: 'open' }
  | { readonly kind: 'debited'; readonly amount: Money; readonly gatewayReference: string | null }
  | { readonly kind: 'declined'; readonly code: string; readonly message: string }
  | { readonly kind: 'closed'; readonly debited: Money | undefined; readonly voided: Money };

interface Placed {
  readonly details: OrderCreated;
  readonly payment: Payment;
}

/** An order in any state of its life; `none` before its first event. */
export type Order =
  | { readonly status: 'none' }
  | (Placed & { readonly status: 'Pending' })
  | (Placed & { readonly status: 'PaymentDebited' })
  /** A person is to decide; `rule` says which rule wanted that. */
  | (Placed & { readonly status: 'InReview'; readonly rule: string })
  | (Placed & { readonly status: 'Approved'; readonly by: string })
  /** The first reason wins. `voidRequested`: somebody was asked to close the payment. */
  | (Placed & { readonly status: 'Cancelling'; readonly reason: CancelReason; readonly voidRequested: boolean })
  | (Placed & { readonly status: 'Cancelled'; readonly reason: CancelReason });

/** An order that exists. */
export type PlacedOrder = Exclude<Order, { status: 'none' }>;
/** The words clients see. */
export type OrderStatus = PlacedOrder['status'];

/** Every status a client can see, in the order of a life. */
export const orderStatuses = [
  'Pending',
  'PaymentDebited',
  'InReview',
  'Approved',
  'Cancelling',
  'Cancelled',
] as const satisfies readonly OrderStatus[];

/** Before the first event. */
export const noOrder: Order = { status: 'none' };

/** Whether nothing can follow. */
export function hasEnded(order: Order): boolean {
  return order.status === 'Approved' || order.status === 'Cancelled';
}

/** Why the order is being or was cancelled; undefined when it is neither. */
export function cancelReasonOf(order: PlacedOrder): CancelReason | undefined {
  return order.status === 'Cancelling' || order.status === 'Cancelled' ? order.reason : undefined;
}

/** Whether another program took the money, outside our gateway: only it can give it back. */
export function isExternalDebit(payment: Payment): boolean {
  return payment.kind === 'debited' && payment.gatewayReference === null;
}

/** An event that cannot follow what came before it. The log never holds one; whoever meets it has found damage. */
export class IllegalEvent extends Error {
  readonly code = 'order_illegal_event';

  constructor(order: Order, event: OrderEvent) {
    super(
      `[order_illegal_event] ${event.kind} cannot follow in status ${order.status}; run \`npx eventstream verify\``,
    );
    this.name = 'IllegalEvent';
  }
}

/** The order after one more event. The event is a fact that `decide` has allowed; it is not judged again. */
export function evolve(order: Order, event: OrderEvent): Order {
  if (event.kind === 'created') {
    if (order.status !== 'none') throw new IllegalEvent(order, event);
    return { status: 'Pending', details: event, payment: { kind: 'open' } };
  }
  if (order.status === 'none') throw new IllegalEvent(order, event);
  switch (event.kind) {
    case 'paymentDebited':
      return afterDebit(order, event.amount, event.gatewayReference);
    case 'paymentDeclined':
      return cancelling(order, 'payment_declined', { kind: 'declined', code: event.code, message: event.message });
    case 'reviewRequested':
      return { status: 'InReview', details: order.details, payment: order.payment, rule: event.rule };
    case 'approved':
      return { status: 'Approved', details: order.details, payment: order.payment, by: event.by };
    case 'reviewRejected':
      return cancelling(order, 'review_rejected', order.payment);
    case 'cancelRequested':
      return cancelling(order, event.by, order.payment);
    case 'paymentVoidRequested':
      return { ...cancelling(order, event.reason, order.payment), voidRequested: true };
    case 'paymentVoided':
      return cancelling(order, 'operator', {
        kind: 'closed',
        debited: order.payment.kind === 'debited' ? order.payment.amount : undefined,
        voided: event.amount,
      });
    case 'cancelled':
      return {
        status: 'Cancelled',
        details: order.details,
        payment: order.payment,
        reason: order.status === 'Cancelling' ? order.reason : event.reason,
      };
  }
}

function afterDebit(order: PlacedOrder, amount: Money, gatewayReference: string | null): Order {
  const payment: Payment = { kind: 'debited', amount, gatewayReference };
  return order.status === 'Pending'
    ? { status: 'PaymentDebited', details: order.details, payment }
    : { ...order, payment };
}

type Cancelling = Extract<Order, { status: 'Cancelling' }>;

/** The order on its way to Cancelled; a reason it already has is kept. */
function cancelling(order: PlacedOrder, reason: CancelReason, payment: Payment): Cancelling {
  if (order.status === 'Cancelling') return { ...order, payment };
  return { status: 'Cancelling', details: order.details, payment, reason, voidRequested: false };
}

/** The order after all of these events. */
export function foldOrder(events: Iterable<OrderEvent>): Order {
  let order: Order = noOrder;
  for (const event of events) order = evolve(order, event);
  return order;
}
