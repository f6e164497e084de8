/** The HTTP routes of the service: decode, call the endpoint, encode. Nothing is decided here. */
import { noRevision, orderId, revision } from '@eventstream/contracts';
import { failpoint } from '@eventstream/platform';
import { isProblem } from '@eventstream/service-kit';
import { answer, answerProblem, callContext, type EventStreams, type HttpApp } from '@eventstream/service-kit/http';
import type { FastifyReply } from 'fastify';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { positionToken, readPositionToken } from '../position-token.ts';
import { cancelOrderBody, placeOrderBody, reviewOrderBody } from '../requests.ts';
import type { OrderService, WrittenOrder } from '../service.ts';
import { etagOf, isKnown, readIfMatch } from './conditions.ts';
import { eventJson, orderJson } from './order-json.ts';
import * as schemas from './schemas.ts';

/** What the routes call, and where streams of events are held open. */
export interface OrderRoutesOptions {
  readonly endpoints: OrderService;
  readonly streams: EventStreams;
}

const tags = ['orders'];

/** Adds every route. */
export function orderRoutes(app: HttpApp, options: OrderRoutesOptions): void {
  const { endpoints } = options;
  placeRoute(app, endpoints);
  cancelRoute(app, endpoints);
  reviewRoute(app, endpoints);
  getRoute(app, endpoints);
  listRoute(app, endpoints);
  eventsRoute(app, endpoints);
  streamRoute(app, options);
}

function placeRoute(app: HttpApp, endpoints: OrderService): void {
  app.post(
    '/api/orders',
    {
      schema: {
        tags,
        summary: 'Place an order',
        headers: schemas.placeHeaders,
        body: placeOrderBody,
        response: schemas.answers({ 201: schemas.placedReply }),
      },
    },
    async (request, reply) => {
      failpoint('orders.afterDecode');
      const placed = await endpoints.placeOrder(
        { body: request.body, idempotencyKey: request.headers['idempotency-key'] },
        callContext(request, reply),
      );
      failpoint('orders.beforeReply');
      return answer(reply, placed, (written) => {
        reply.header('location', `/api/orders/${written.order.orderId}`);
        if (written.replayed) reply.header('idempotent-replayed', 'true');
        return sendWritten(reply.code(201), written);
      });
    },
  );
}

function cancelRoute(app: HttpApp, endpoints: OrderService): void {
  app.post(
    '/api/orders/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel an order',
        description: 'Money that was taken is given back. Asking again is a success.',
        params: schemas.orderParams,
        headers: schemas.cancelHeaders,
        body: cancelOrderBody,
        response: schemas.answers({ 200: schemas.writtenReply }),
      },
      // A cancellation has nothing to say but why and whose wish it is, and even that can be left out together with the body.
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const { params, headers, body } = request;
      const cancelled = await endpoints.cancelOrder(
        {
          orderId: orderId(params.id),
          by: body.by ?? 'customer',
          reason: body.reason ?? '',
          ifRevision: readIfMatch(headers['if-match']),
        },
        callContext(request, reply),
      );
      return answer(reply, cancelled, (written) => sendWritten(reply, written));
    },
  );
}

function reviewRoute(app: HttpApp, endpoints: OrderService): void {
  app.post(
    '/api/orders/:id/review',
    {
      schema: {
        tags,
        summary: 'Approve or reject a paid order, as a person',
        params: schemas.orderParams,
        body: reviewOrderBody,
        response: schemas.answers({ 200: schemas.writtenReply }),
      },
    },
    async (request, reply) => {
      const { decision, reason } = request.body;
      const reviewed = await endpoints.reviewOrder(
        { orderId: orderId(request.params.id), decision, reason },
        callContext(request, reply),
      );
      return answer(reply, reviewed, (written) => sendWritten(reply, written));
    },
  );
}

function getRoute(app: HttpApp, endpoints: OrderService): void {
  app.get(
    '/api/orders/:id',
    {
      schema: {
        tags,
        summary: 'Look at an order',
        params: schemas.orderParams,
        headers: schemas.getHeaders,
        response: schemas.answers({ 200: schemas.foundReply, 304: schemas.knownReply }),
      },
    },
    async (request, reply) => {
      const { params, headers } = request;
      const found = await endpoints.getOrder(
        { orderId: orderId(params.id), minPosition: readMinPosition(headers) },
        callContext(request, reply),
      );
      return answer(reply, found, ({ order, readModel }) => {
        reply.header('etag', etagOf(order.revision)).header('eventstream-read-model', readModel);
        reply.header('cache-control', 'no-cache');
        return isKnown(headers['if-none-match'], order.revision)
          ? reply.code(304).send(undefined)
          : reply.code(200).send(orderJson(order));
      });
    },
  );
}

function listRoute(app: HttpApp, endpoints: OrderService): void {
  app.get(
    '/api/orders',
    {
      schema: {
        tags,
        summary: 'List orders, newest first',
        querystring: schemas.listQuery,
        headers: schemas.listHeaders,
        response: schemas.answers({ 200: schemas.orderPageReply }),
      },
    },
    async (request, reply) => {
      const { customer_id: customerId, status, cursor, limit } = request.query;
      const before = decodeCursor(cursor);
      if (isProblem(before)) return answerProblem(reply, request.id, before);
      const filter = { limit: Number(limit ?? '20'), customerId, status, before };
      const page = await endpoints.listOrders(
        { filter, minPosition: readMinPosition(request.headers) },
        callContext(request, reply),
      );
      return answer(reply, page, ({ orders, next }) => ({
        orders: orders.map(orderJson),
        next_cursor: next === undefined ? null : encodeCursor(next),
      }));
    },
  );
}

function eventsRoute(app: HttpApp, endpoints: OrderService): void {
  app.get(
    '/api/orders/:id/events',
    {
      schema: {
        tags,
        summary: 'Everything recorded about an order, oldest first',
        params: schemas.orderParams,
        response: schemas.answers({ 200: schemas.eventsReply }),
      },
    },
    async (request, reply) => {
      const events = await endpoints.orderEvents({ orderId: orderId(request.params.id) }, callContext(request, reply));
      return answer(reply, events, (recorded) => ({ events: recorded.map(eventJson) }));
    },
  );
}

function streamRoute(app: HttpApp, { endpoints, streams }: OrderRoutesOptions): void {
  app.get(
    '/api/orders/:id/stream',
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Follow an order to its end (server-sent events)',
        description:
          'Each event of the order, then each as it is recorded. Ends with the order; 204 when that has been seen.',
        produces: ['text/event-stream'],
        params: schemas.orderParams,
        headers: schemas.streamHeaders,
        response: schemas.answers({ 200: schemas.streamReply, 204: schemas.overReply }),
      },
    },
    async (request, reply) => {
      const full = streams.refuse();
      if (full !== undefined) return answerProblem(reply, request.id, full);
      const lastSeen = request.headers['last-event-id'];
      const after = lastSeen === undefined ? noRevision : revision(Number(lastSeen));
      const context = callContext(request, reply);
      const followed = await endpoints.followOrder({ orderId: orderId(request.params.id), after }, context);
      return answer(reply, followed, ({ over, steps }) =>
        // 204 is what tells an EventSource to stop asking.
        over
          ? reply.code(204).send(undefined)
          : streams.send(reply, steps, ({ event, status }) => ({
              id: String(event.revision),
              event: event.type,
              data: { ...eventJson(event), status },
            })),
      );
    },
  );
}

function sendWritten(reply: FastifyReply, written: WrittenOrder): FastifyReply {
  return reply
    .header('eventstream-position', positionToken(written.position))
    .header('etag', etagOf(written.order.revision))
    .send(orderJson(written.order));
}

function readMinPosition(headers: { 'eventstream-min-position'?: string }) {
  const token = headers['eventstream-min-position'];
  return token === undefined ? undefined : readPositionToken(token);
}
