/** What the HTTP routes take beside a body, and everything they answer. */
import { cancelReasons } from '@eventstream/contracts';
import { orderStatuses } from '@eventstream/domain';
import { type Static, Type } from 'typebox';
import { positionTokenPattern, positionTokenWords } from '../position-token.ts';
import { customerText, idempotencyKey, orderIdText, orderStatus } from '../requests.ts';

export const orderParams = Type.Object({ id: orderIdText }, { additionalProperties: false });

const freshness = {
  'eventstream-min-position': Type.Optional(
    Type.String({
      pattern: positionTokenPattern,
      allowed: positionTokenWords,
      description: 'The Eventstream-Position of a write: the answer waits until that write can be seen',
    }),
  ),
};

/** One ETag as we give it, or any. */
const ifMatch = Type.String({
  pattern: '^(\\*|"[1-9][0-9]{0,14}")$',
  allowed: 'an ETag as it was answered, such as "3", or *',
  description: 'The ETag that was read: refused if the order has changed since',
});

// Unknown headers are fine, unlike unknown fields elsewhere: clients and proxies add their own.
export const placeHeaders = Type.Object({ 'idempotency-key': Type.Optional(idempotencyKey) });
export const getHeaders = Type.Object({
  ...freshness,
  'if-none-match': Type.Optional(Type.String({ maxLength: 1000, description: 'ETags that are known already' })),
});
export const listHeaders = Type.Object(freshness);
export const cancelHeaders = Type.Object({ 'if-match': Type.Optional(ifMatch) });
export const streamHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,15}$',
      allowed: 'a revision, such as 3',
      description: 'The last revision that was seen; sent by EventSource itself',
    }),
  ),
});

export const listQuery = Type.Object(
  {
    customer_id: Type.Optional(customerText),
    status: Type.Optional(orderStatus),
    cursor: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{1,40}$',
        allowed: 'the next_cursor of the page before',
        description: '`next_cursor` of the page before',
      }),
    ),
    limit: Type.Optional(
      Type.String({
        pattern: '^([1-9][0-9]?|100)$',
        allowed: 'a whole number from 1 to 100',
        description: '1 to 100; default 20',
      }),
    ),
  },
  { additionalProperties: false },
);

const minorUnits = Type.String({ description: 'Minor units, exact: cents for EUR, yen for JPY' });

const orderReply = Type.Object(
  {
    order_id: Type.String({ format: 'uuid' }),
    customer_id: Type.String(),
    restaurant_id: Type.String(),
    order_items: Type.Array(
      Type.Object({
        code: Type.String(),
        name: Type.String(),
        unit_price: Type.Number({ description: 'Major units' }),
        unit_price_minor: minorUnits,
        quantity: Type.Integer(),
      }),
    ),
    amount: Type.Number({ description: 'Major units' }),
    amount_minor: minorUnits,
    currency: Type.String(),
    status: Type.Enum([...orderStatuses]),
    reason: Type.Optional(Type.Enum([...cancelReasons], { description: 'Why it is being or was cancelled' })),
    created_on: Type.String({ format: 'date-time' }),
    revision: Type.Integer({ description: 'Of the last event in here; also the ETag' }),
  },
  { description: 'An order' },
);
export type OrderReply = Static<typeof orderReply>;

export const orderPageReply = Type.Object({
  orders: Type.Array(orderReply),
  next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Null on the last page' }),
});

const eventReply = Type.Object({
  event_id: Type.String({ format: 'uuid' }),
  type: Type.String(),
  revision: Type.Integer(),
  position: Type.String(),
  recorded_at: Type.String({ format: 'date-time' }),
  data: Type.Unknown(),
  metadata: Type.Record(Type.String(), Type.String()),
});
export type EventReply = Static<typeof eventReply>;

export const eventsReply = Type.Object({ events: Type.Array(eventReply) });

const fieldFault = Type.Object({
  in: Type.Enum(['body', 'path', 'query', 'header']),
  pointer: Type.String({ description: 'JSON pointer to the field' }),
  detail: Type.String(),
});

const header = (description: string) => Type.String({ description });
const etag = header('The order’s revision, for If-Match and If-None-Match');
const writtenHeaders = {
  ETag: etag,
  'Eventstream-Position': header(
    'Where the write is in the log: a read that names it as Eventstream-Min-Position sees it',
  ),
};
const readModel = Type.Enum(['current', 'behind', 'parked'], {
  description: 'Whether the read model had the order as it is; if not, the answer was folded from the store',
});

/** An order that was placed, with its headers; headers are for the API's description only, also below. */
export const placedReply = {
  ...orderReply,
  headers: {
    Location: header('Where the order is'),
    ...writtenHeaders,
    'Idempotent-Replayed': header('`true` when the key had placed this order before'),
  },
};
/** An order after another write. */
export const writtenReply = { ...orderReply, headers: writtenHeaders };
/** An order that was looked at. */
export const foundReply = { ...orderReply, headers: { ETag: etag, 'Eventstream-Read-Model': readModel } };
/** An order that is as the caller knows it. */
export const knownReply = {
  type: 'null',
  description: 'The order is at the revision that If-None-Match names',
  headers: foundReply.headers,
};
/** An order's life as it goes on. */
export const streamReply = Type.String({
  description:
    'Server-sent events: `id` is the revision, `event` the type, `data` the event as JSON with the status it led to',
});
/** All of an ended order's life was seen. */
export const overReply = { type: 'null', description: 'The order has ended, and Last-Event-ID names its last event' };

/** For the API's description only: problems are written past the serializer of a route. */
const problemReply = {
  description: 'A problem (RFC 9457); its `type` leads to a page that explains it',
  headers: { 'Retry-After': header('With 429 and 503: in how many seconds to ask again') },
  content: {
    'application/problem+json': {
      schema: Type.Object({
        type: Type.String(),
        title: Type.String(),
        status: Type.Integer(),
        detail: Type.String(),
        code: Type.String(),
        request_id: Type.String(),
        errors: Type.Optional(Type.Array(fieldFault)),
      }),
    },
  },
};

/**
 * The answers of a route: its own, and problems. Deliberately without the types of the schemas: Fastify would make one
 * union of all answers' bodies, problems included, and judge every `send` by it; `order-json.ts` is typed instead.
 */
export function answers(own: Record<string, unknown>): Record<string, unknown> {
  return { ...own, '4xx': problemReply, '5xx': problemReply };
}
