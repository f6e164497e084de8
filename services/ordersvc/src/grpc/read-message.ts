/** Request messages as what the endpoints take, checked by the same schemas as HTTP bodies, or the field at fault. */
import { type OrderId, orderId, revision } from '@eventstream/contracts';
import type {
  CancelOrderRequest,
  CreateOrderRequest,
  GetOrderRequest,
  ListOrdersRequest,
  ReviewOrderRequest,
} from '@eventstream/contracts/orders';
import { invalidRequest, isProblem, type Problem, shapeOf } from '@eventstream/service-kit';
import { Type } from 'typebox';
import { decodeCursor } from '../cursor.ts';
import { positionTokenPattern, positionTokenWords, readPositionToken } from '../position-token.ts';
import {
  cancelOrderBody,
  customerText,
  idempotencyKey,
  orderIdText,
  orderStatus,
  placeOrderBody,
  reviewOrderBody,
} from '../requests.ts';
import type { CancelOrder, GetOrder, ListOrders, PlaceOrder, ReviewOrder } from '../service.ts';

const checkPlace = shapeOf(
  Type.Object(
    { ...placeOrderBody.properties, idempotency_key: Type.Optional(idempotencyKey) },
    { additionalProperties: false },
  ),
);
const checkOrderId = shapeOf(Type.Object({ order_id: orderIdText }));
const checkCancel = shapeOf(cancelOrderBody);
const checkReview = shapeOf(reviewOrderBody);
const checkFreshness = shapeOf(
  Type.Object({
    min_position: Type.Optional(Type.String({ pattern: positionTokenPattern, allowed: positionTokenWords })),
  }),
);
const checkList = shapeOf(
  Type.Object({
    customer_id: Type.Optional(customerText),
    status: Type.Optional(orderStatus),
    limit: Type.Integer({ minimum: 1, maximum: 100 }),
  }),
);

const limitWhenUnset = 20;

/** A new order. */
export function readCreateOrder(message: CreateOrderRequest): PlaceOrder | Problem {
  const checked = checkPlace({
    customer_id: message.customerId,
    restaurant_id: message.restaurantId,
    order_items: message.orderItems.map(({ code, name, unitPrice, quantity }) => ({
      code,
      name,
      unit_price: unitPrice,
      quantity,
    })),
    ...given('currency', message.currency),
    ...given('idempotency_key', message.idempotencyKey),
  });
  if (isProblem(checked)) return checked;
  const { idempotency_key: key, ...body } = checked;
  return { body, idempotencyKey: key };
}

/** Which order, and how fresh. */
export function readGetOrder(message: GetOrderRequest): GetOrder | Problem {
  const id = readOrderId(message.orderId);
  if (isProblem(id)) return id;
  const fresh = checkFreshness(given('min_position', message.minPosition));
  if (isProblem(fresh)) return fresh;
  const token = fresh.min_position;
  return { orderId: id, minPosition: token === undefined ? undefined : readPositionToken(token) };
}

/** Which page. */
export function readListOrders(message: ListOrdersRequest): ListOrders | Problem {
  const checked = checkList({
    ...given('customer_id', message.customerId),
    ...given('status', message.status),
    limit: message.limit === 0 ? limitWhenUnset : message.limit,
  });
  if (isProblem(checked)) return checked;
  const before = decodeCursor(message.cursor);
  if (isProblem(before)) return before;
  const { customer_id: customerId, status, limit } = checked;
  return { filter: { limit, customerId, status, before }, minPosition: undefined };
}

/** A cancellation. */
export function readCancelOrder(message: CancelOrderRequest): CancelOrder | Problem {
  const id = readOrderId(message.orderId);
  if (isProblem(id)) return id;
  const checked = checkCancel({ reason: message.reason, ...given('by', message.by) });
  if (isProblem(checked)) return checked;
  const seen = message.ifRevision;
  if (seen !== undefined && seen > BigInt(Number.MAX_SAFE_INTEGER))
    return invalidRequest({ in: 'body', pointer: '/if_revision', detail: 'is too large' });
  const { by = 'customer' } = checked;
  return { orderId: id, by, reason: message.reason, ifRevision: seen === undefined ? undefined : revision(seen) };
}

/** A person's decision. */
export function readReviewOrder(message: ReviewOrderRequest): ReviewOrder | Problem {
  const id = readOrderId(message.orderId);
  if (isProblem(id)) return id;
  const checked = checkReview({ decision: message.decision, reason: message.reason });
  return isProblem(checked) ? checked : { orderId: id, ...checked };
}

/** A text field of a message: proto3 cannot tell empty from absent, so empty is absent. */
function given<Name extends string>(name: Name, text: string): { readonly [N in Name]?: string };
function given(name: string, text: string): Record<string, string> {
  return text === '' ? {} : { [name]: text };
}

function readOrderId(text: string): OrderId | Problem {
  const checked = checkOrderId({ order_id: text });
  return isProblem(checked) ? checked : orderId(checked.order_id);
}
