/**
 * The facts of an order's life, as the code handles them: checked, with branded ids and money in minor units.
 * How they look as JSON stands in `order-event-codec.ts`.
 */
import {
  type EventType,
  eventType,
  isUuid,
  type LogName,
  logName,
  type OrderId,
  orderId,
  type StreamName,
  streamName,
} from './brands.ts';
import type { Money } from './money.ts';

/** The log that orders live in; the seed calls it the stream `ORDERS`. */
export const ordersLog: LogName = logName('ORDERS');

/** Every event type of an order, under the name the code uses for it. The registry: nothing else is appended. */
export const orderEventTypes = {
  created: eventType('ORDERS.created'),
  paymentDebited: eventType('ORDERS.paymentdebited'),
  paymentDeclined: eventType('ORDERS.paymentdeclined'),
  reviewRequested: eventType('ORDERS.reviewrequested'),
  approved: eventType('ORDERS.approved'),
  reviewRejected: eventType('ORDERS.reviewrejected'),
  cancelRequested: eventType('ORDERS.cancelrequested'),
  paymentVoidRequested: eventType('ORDERS.paymentvoidrequested'),
  paymentVoided: eventType('ORDERS.paymentvoided'),
  cancelled: eventType('ORDERS.cancelled'),
} as const;

/** `created`, `paymentDebited`, ...: an event type without its log. */
export type OrderEventKind = keyof typeof orderEventTypes;

/** Every reason why an order can be cancelled. */
export const cancelReasons = [
  'payment_declined',
  'payment_timeout',
  'review_rejected',
  'review_timeout',
  'customer',
  'operator',
] as const;
/** Why an order was cancelled. */
export type CancelReason = (typeof cancelReasons)[number];

/** One line of an order. `unitPriceMinor` is in the order's currency. */
export interface OrderItem {
  readonly code: string;
  readonly name: string;
  readonly unitPriceMinor: bigint;
  readonly quantity: number;
}

/** An order was accepted. `requestHash` is SHA-256 (hex) of the parsed request, for idempotent replay; empty when foreign. */
export interface OrderCreated {
  readonly kind: 'created';
  readonly orderId: OrderId;
  readonly customerId: string;
  readonly restaurantId: string;
  readonly items: readonly OrderItem[];
  readonly amount: Money;
  /** ISO 8601, UTC: when the order was taken. */
  readonly createdOn: string;
  readonly requestHash: string;
}

/** The money was taken. `gatewayReference` is null when another program's worker took it (an external debit). */
export interface PaymentDebited {
  readonly kind: 'paymentDebited';
  readonly customerId: string;
  readonly amount: Money;
  readonly gatewayReference: string | null;
}

/** The provider refused: a fact about this payment, final. `code` is the provider's, such as `insufficient_funds`. */
export interface PaymentDeclined {
  readonly kind: 'paymentDeclined';
  readonly code: string;
  readonly message: string;
}

/** The review policy leaves the order to a person; `rule` says which rule wants that. */
export interface ReviewRequested {
  readonly kind: 'reviewRequested';
  readonly rule: string;
}

/** The review said yes: the order's good end. `by` is `policy` or who decided. */
export interface Approved {
  readonly kind: 'approved';
  readonly by: string;
  readonly reason: string;
}

/** The review said no. `by` is `policy` or who decided. */
export interface ReviewRejected {
  readonly kind: 'reviewRejected';
  readonly by: string;
  readonly reason: string;
}

/** Somebody wants the order cancelled. */
export interface CancelRequested {
  readonly kind: 'cancelRequested';
  readonly by: 'customer' | 'operator';
  readonly reason: string;
}

/** The payment is to be closed: voided if it happened, made impossible if not. Carries why; no other event records a deadline. */
export interface PaymentVoidRequested {
  readonly kind: 'paymentVoidRequested';
  readonly reason: CancelReason;
}

/** The payment is closed. `amount` is what was given back: 0 if nothing had been taken. */
export interface PaymentVoided {
  readonly kind: 'paymentVoided';
  readonly amount: Money;
}

/** The order's other end: nothing is owed to anybody. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly reason: CancelReason;
}

/** Any fact of an order's life. */
export type OrderEvent =
  | OrderCreated
  | PaymentDebited
  | PaymentDeclined
  | ReviewRequested
  | Approved
  | ReviewRejected
  | CancelRequested
  | PaymentVoidRequested
  | PaymentVoided
  | Cancelled;

const streamPrefix = 'order-';

/** The stream that holds an order's events. */
export function orderStream(id: OrderId): StreamName {
  return streamName(streamPrefix + id);
}

/**
 * The order whose events a stream holds, or undefined when it is not an order's stream. An order has one stream: its id
 * in capitals names a stream of nobody, else two streams would be folded into one order.
 */
export function orderIdOf(stream: StreamName): OrderId | undefined {
  if (!stream.startsWith(streamPrefix)) return undefined;
  const id = stream.slice(streamPrefix.length);
  return isUuid(id) && id === id.toLowerCase() ? orderId(id) : undefined;
}

const isKind = (name: string): name is OrderEventKind => Object.hasOwn(orderEventTypes, name);
const kindByType: ReadonlyMap<string, OrderEventKind> = new Map(
  Object.keys(orderEventTypes)
    .filter(isKind)
    .map((kind) => [orderEventTypes[kind], kind]),
);

/** The kind of an event type, or undefined when the type is not in the registry. */
export function orderEventKind(type: string): OrderEventKind | undefined {
  return kindByType.get(type);
}

/** The type of a kind. */
export function typeOfKind(kind: OrderEventKind): EventType {
  return orderEventTypes[kind];
}
