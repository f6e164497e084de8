/** `eventstream.orders.v1.OrderService`: the same endpoints as the HTTP routes. Nothing is decided here. */
import { OrderService as OrderServiceDescriptor } from '@eventstream/contracts/orders';
import type { Logger } from '@eventstream/platform';
import { type Implementation, implement } from '@eventstream/platform/grpc';
import { unary } from '@eventstream/service-kit/grpc';
import { encodeCursor } from '../cursor.ts';
import { positionToken } from '../position-token.ts';
import type { OrderService, WrittenOrder } from '../service.ts';
import { orderMessage } from './order-message.ts';
import { readCancelOrder, readCreateOrder, readGetOrder, readListOrders, readReviewOrder } from './read-message.ts';

/** The service, to be given to the gRPC server. */
export function orderHandlers(endpoints: OrderService, logger: Logger): Implementation {
  return implement(OrderServiceDescriptor, {
    createOrder: unary(endpoints.placeOrder, {
      logger,
      decode: readCreateOrder,
      encode: (written) => ({ ...writtenMessage(written), replayed: written.replayed }),
    }),
    getOrder: unary(endpoints.getOrder, {
      logger,
      decode: readGetOrder,
      encode: ({ order }) => ({ order: orderMessage(order) }),
    }),
    listOrders: unary(endpoints.listOrders, {
      logger,
      decode: readListOrders,
      encode: ({ orders, next }) => ({
        orders: orders.map(orderMessage),
        nextCursor: next === undefined ? '' : encodeCursor(next),
      }),
    }),
    cancelOrder: unary(endpoints.cancelOrder, { logger, decode: readCancelOrder, encode: writtenMessage }),
    reviewOrder: unary(endpoints.reviewOrder, { logger, decode: readReviewOrder, encode: writtenMessage }),
  });
}

function writtenMessage(written: WrittenOrder) {
  return { order: orderMessage(written.order), position: positionToken(written.position) };
}
