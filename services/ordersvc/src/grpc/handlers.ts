/** `eventstream.orders.v1.OrderService`: the same endpoints as the HTTP routes. Nothing is decided here. */
import { type OrderId, orderId, revision } from '@eventstream/contracts';
import { OrderService as OrderServiceDescriptor } from '@eventstream/contracts/orders';
import type { Log } from '@eventstream/platform';
import { type Implementation, implement } from '@eventstream/platform/grpc';
import { invalidRequest, isProblem, type Problem, shapeOf } from '@eventstream/service-kit';
import { unary } from '@eventstream/service-kit/grpc';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { positionToken, positionTokenPattern, readPositionToken } from '../position-token.ts';
import {
  cancelOrderBody,
  idempotencyKey,
  orderIdText,
  orderStatus,
  placeOrderBody,
  reviewOrderBody,
} from '../requests.ts';
import type { OrderService, WrittenOrder } from '../service.ts';
import { orderMessage } from './order-message.ts';

// One field of a message at a time, so that each fault names its field.
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
  Type.Object({ min_position: Type.Optional(Type.String({ pattern: positionTokenPattern })) }),
);
const checkList = shapeOf(
  Type.Object({
    customer_id: Type.Optional(Type.String({ maxLength: 100 })),
    status: Type.Optional(orderStatus),
    limit: Type.Integer({ minimum: 1, maximum: 100 }),
  }),
);

const limitWhenUnset = 20;

/** The service, to be given to the gRPC server. */
export function orderHandlers(endpoints: OrderService, log: Log): Implementation {
  return implement(OrderServiceDescriptor, {
    createOrder: unary(endpoints.placeOrder, {
      log,
      decode: (message) => {
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
      },
      encode: (written: WrittenOrder) => ({ ...writtenMessage(written), replayed: written.replayed }),
    }),
    getOrder: unary(endpoints.getOrder, {
      log,
      decode: (message) => {
        const id = readOrderId(message.orderId);
        const fresh = checkFreshness(given('min_position', message.minPosition));
        if (isProblem(id)) return id;
        if (isProblem(fresh)) return fresh;
        const token = fresh.min_position;
        return { orderId: id, minPosition: token === undefined ? undefined : readPositionToken(token) };
      },
      encode: ({ order }) => ({ order: orderMessage(order) }),
    }),
    listOrders: unary(endpoints.listOrders, {
      log,
      decode: (message) => {
        const checked = checkList({
          ...given('customer_id', message.customerId),
          ...given('status', message.status),
          limit: message.limit === 0 ? limitWhenUnset : message.limit,
        });
        const before = decodeCursor(message.cursor);
        if (isProblem(checked)) return checked;
        if (isProblem(before)) return before;
        const { customer_id: customerId, status, limit } = checked;
        const filter = {
          limit,
          ...(customerId === undefined ? {} : { customerId }),
          ...(status === undefined ? {} : { status }),
          ...(before === undefined ? {} : { before }),
        };
        return { filter, minPosition: undefined };
      },
      encode: ({ orders, next }) => ({
        orders: orders.map(orderMessage),
        nextCursor: next === undefined ? '' : encodeCursor(next),
      }),
    }),
    cancelOrder: unary(endpoints.cancelOrder, {
      log,
      decode: (message) => {
        const id = readOrderId(message.orderId);
        const checked = checkCancel({ reason: message.reason });
        if (isProblem(id)) return id;
        if (isProblem(checked)) return checked;
        const seen = message.ifRevision;
        if (seen !== undefined && seen > BigInt(Number.MAX_SAFE_INTEGER))
          return invalidRequest({ in: 'body', pointer: '/if_revision', detail: 'is too large' });
        return { orderId: id, reason: message.reason, ifRevision: seen === undefined ? undefined : revision(seen) };
      },
      encode: writtenMessage,
    }),
    reviewOrder: unary(endpoints.reviewOrder, {
      log,
      decode: (message) => {
        const id = readOrderId(message.orderId);
        const checked = checkReview({ decision: message.decision, reason: message.reason });
        if (isProblem(id)) return id;
        return isProblem(checked) ? checked : { orderId: id, ...checked };
      },
      encode: writtenMessage,
    }),
  });
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

function writtenMessage(written: WrittenOrder) {
  return { order: orderMessage(written.order), position: positionToken(written.position) };
}
