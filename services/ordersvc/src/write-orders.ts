/** The writes: place, cancel, review. Each decides on the order as the store knows it and appends with its revision. */
import {
  type Currency,
  decodeOrderEvent,
  eventId,
  metadataKeys,
  noRevision,
  type OrderCreated,
  type OrderEvent,
  type OrderId,
  orderId,
  orderStream,
  ordersLog,
  type Position,
} from '@eventstream/contracts';
import { foldOrder, noOrder, type Order, type Rejection } from '@eventstream/domain';
import { type EventAppender, type EventReader, loadStream } from '@eventstream/event-store';
import { loadOrder, type Recorded, recordFacts, type SeenOrder } from '@eventstream/orders';
import { type Clock, failpoint, idOf, newId } from '@eventstream/platform';
import { orderViewOf } from '@eventstream/read-model';
import { type CallContext, isProblem, Problem, type ProblemType } from '@eventstream/service-kit';
import { loadOrderView, orderNotFound } from './load-order-view.ts';
import { parseOrder } from './parse-order.ts';
import { orderProblems } from './problems.ts';
import type { CancelOrder, OrderService, PlaceOrder, ReviewOrder, WrittenOrder } from './service.ts';

/** What the writes need. */
export interface WriteOrdersOptions {
  readonly store: EventAppender & EventReader;
  readonly clock: Clock;
  /** Currency of an order that names none. */
  readonly defaultCurrency: Currency;
  /** How long the payment of an order may take; noted with the order, so that a later setting changes no order's deadline. */
  readonly paymentWithinMs: number;
}

/** The writes over a store. */
export function writeOrders(
  options: WriteOrdersOptions,
): Pick<OrderService, 'placeOrder' | 'cancelOrder' | 'reviewOrder'> {
  return {
    placeOrder: (request, context) => placeOrder(options, request, context),
    cancelOrder: (request, context) => cancelOrder(options, request, context),
    reviewOrder: (request, context) => reviewOrder(options, request, context),
  };
}

/** Name of the operation in the id that an Idempotency-Key leads to. Never to change: keys never expire. */
const placeRoute = 'POST /api/orders';

async function placeOrder(
  options: WriteOrdersOptions,
  request: PlaceOrder,
  context: CallContext,
): Promise<WrittenOrder | Problem> {
  const { body, idempotencyKey } = request;
  const id = orderIdFor(idempotencyKey, body.customer_id, context.principal);
  const parsed = parseOrder(body, options.defaultCurrency);
  if (isProblem(parsed))
    return (idempotencyKey === undefined ? undefined : await replayOfOldCurrency(options.store, id, body)) ?? parsed;
  const created: OrderCreated = {
    kind: 'created',
    orderId: id,
    ...parsed,
    createdOn: new Date(options.clock.nowMs()).toISOString(),
  };
  failpoint('orders.beforeStore');
  const recorded = await recordFacts(options.store, {
    orderId: id,
    cause: eventId(id), // an order begins with the request that names it
    actor: actorOf(context),
    facts: () => [created],
    extra: () => ({ [metadataKeys.withinMs]: String(options.paymentWithinMs) }),
    seen: { order: noOrder, revision: noRevision }, // right unless the key was used before; spares a read
  });
  switch (recorded.kind) {
    case 'recorded':
      return written(recorded.seen, recorded.position, recorded.repeated);
    case 'already':
      return replay(options.store, id);
    case 'rejected':
      return (await replayOfOldCurrency(options.store, id, body)) ?? keyReused();
  }
}

function keyReused(): Problem {
  return new Problem(orderProblems.idempotencyKeyReused, 'this Idempotency-Key led to an order with other content', {
    faults: [{ in: 'header', pointer: '/idempotency-key', detail: 'was used for another request' }],
  });
}

/** The id that a key always leads to, or a new one. A key belongs to who was proved to call, or else to the customer. */
function orderIdFor(key: string | undefined, customerId: string, principal: string | undefined): OrderId {
  if (key === undefined) return orderId(newId());
  const owner = principal === undefined ? ['customer', customerId] : ['principal', principal];
  return orderId(idOf(...owner, placeRoute, key));
}

/** The answer that was given when the order was placed, whatever has become of it since. */
async function replay(store: EventReader, id: OrderId): Promise<WrittenOrder> {
  const [first] = await loadStream(store, ordersLog, orderStream(id));
  if (first === undefined) throw new Error(`order ${id} was found a moment ago and has no events now`);
  return written({ order: foldOrder([decodeOrderEvent(first)]), revision: first.revision }, first.position, true);
}

/**
 * The same for a body without a currency that was placed while another one was the default, and so means that one.
 * Undefined: it placed no such order.
 */
async function replayOfOldCurrency(
  store: EventReader,
  id: OrderId,
  body: PlaceOrder['body'],
): Promise<WrittenOrder | undefined> {
  if (body.currency !== undefined) return undefined;
  const { order } = await loadOrder(store, id);
  if (order.status === 'none') return undefined;
  const then = parseOrder(body, order.details.amount.currency);
  return isProblem(then) || then.requestHash !== order.details.requestHash ? undefined : replay(store, id);
}

async function cancelOrder(
  options: WriteOrdersOptions,
  request: CancelOrder,
  context: CallContext,
): Promise<WrittenOrder | Problem> {
  const { store } = options;
  const { orderId: id, by, ifRevision } = request;
  const seen = await loadOrder(store, id);
  if (seen.order.status === 'none') return orderNotFound(id);
  if (ifRevision !== undefined && ifRevision !== seen.revision && !isBeingCancelled(seen.order)) return changed(seen);

  const wish: OrderEvent = { kind: 'cancelRequested', by, reason: request.reason };
  const recorded = await recordFacts(store, {
    orderId: id,
    cause: eventId(id),
    actor: by === 'operator' ? operatorOf(context) : actorOf(context),
    // Called again after a lost race: whoever named a revision meant that one and no later one.
    facts: (order, at) => (ifRevision !== undefined && ifRevision !== at && !isBeingCancelled(order) ? [] : [wish]),
    seen,
  });
  if (recorded.kind === 'already' && !isBeingCancelled(recorded.seen.order)) return changed(recorded.seen);
  return answerTo(store, id, recorded, orderProblems.orderNotCancellable);
}

async function reviewOrder(
  options: WriteOrdersOptions,
  request: ReviewOrder,
  context: CallContext,
): Promise<WrittenOrder | Problem> {
  const by = operatorOf(context);
  const verdict: OrderEvent = {
    kind: request.decision === 'approve' ? 'approved' : 'reviewRejected',
    by,
    reason: request.reason,
  };
  const { store } = options;
  const id = request.orderId;
  const recorded = await recordFacts(store, { orderId: id, cause: eventId(id), actor: by, facts: () => [verdict] });
  return answerTo(store, id, recorded, orderProblems.orderNotReviewable);
}

/** The answer to a wish that was to be recorded; `refusal` is the problem when the order's life does not allow it. */
async function answerTo(
  store: EventReader,
  id: OrderId,
  recorded: Recorded,
  refusal: ProblemType,
): Promise<WrittenOrder | Problem> {
  switch (recorded.kind) {
    case 'recorded':
      return written(recorded.seen, recorded.position, recorded.repeated);
    case 'already': {
      const order = await loadOrderView(store, id);
      return order === undefined ? orderNotFound(id) : { order, position: order.position, replayed: true };
    }
    case 'rejected':
      return refused(recorded.rejection, recorded.seen, refusal, id);
  }
}

function refused(rejection: Rejection, seen: SeenOrder, type: ProblemType, id: OrderId): Problem {
  if (rejection.code === 'order_unknown') return orderNotFound(id);
  return new Problem(type, `${rejection.message}; its status is ${seen.order.status}`);
}

function changed(seen: SeenOrder): Problem {
  return new Problem(
    orderProblems.revisionMismatch,
    `the order is at revision ${seen.revision}; read it again, then decide`,
    {
      faults: [{ in: 'header', pointer: '/if-match', detail: `does not name revision ${seen.revision}` }],
    },
  );
}

function written(seen: SeenOrder, position: Position, replayed: boolean): WrittenOrder {
  if (seen.order.status === 'none') throw new Error('an order that was written does not exist');
  return { order: orderViewOf(seen.order, { revision: seen.revision, position }), position, replayed };
}

function isBeingCancelled(order: Order): boolean {
  return order.status === 'Cancelling' || order.status === 'Cancelled';
}

function operatorOf(context: CallContext): string {
  return `operator:${context.principal ?? 'unnamed'}`;
}

function actorOf(context: CallContext): string {
  return context.principal ?? 'customer';
}
