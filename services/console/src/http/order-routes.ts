/** Orders: the search, everything about one, and a sign whenever something is recorded about it. */
import { isCurrency, orderId, orderStream, ordersLog, parseDecimal, position } from '@eventstream/contracts';
import { invalidRequest, isProblem, type Problem } from '@eventstream/service-kit';
import { answer, type EventStreams, type HttpApp, type ServerSentEvent } from '@eventstream/service-kit/http';
import { type Static, Type } from 'typebox';
import type { OrderPage } from '../api/orders.ts';
import { orderStatus, printable } from '../api/values.ts';
import type { LogTail } from '../log/log-tail.ts';
import { type OrderSources, orderDetail } from '../orders/order-detail.ts';
import { positionBefore } from '../orders/position-at.ts';
import type { OrderSearch } from '../sql/search-orders.ts';
import { pageQuery, uuidParams } from './shapes.ts';

/** What the routes ask. */
export interface OrderParts {
  readonly sources: OrderSources;
  readonly search: (search: OrderSearch) => Promise<OrderPage | Problem>;
  readonly tail: LogTail;
}

const time = Type.Optional(Type.String({ pattern: '^[0-9]{1,14}$', allowed: 'a time in milliseconds since 1970' }));
const decimal = Type.Optional(
  Type.String({ pattern: '^[0-9]{1,15}(\\.[0-9]{1,4})?$', allowed: 'an amount, such as 19.90' }),
);
const searchQuery = Type.Object(
  {
    id: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F-]{1,36}$', allowed: 'an order’s id or its beginning, such as 01a222c8' }),
    ),
    customer: Type.Optional(printable(101)),
    status: Type.Optional(orderStatus),
    fromMs: time,
    toMs: time,
    minAmount: decimal,
    maxAmount: decimal,
    currency: Type.Optional(
      Type.String({ pattern: '^[A-Z]{3}$', allowed: 'a currency code of ISO 4217, such as EUR' }),
    ),
    cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', allowed: 'the cursor of the page before' })),
    limit: pageQuery.limit,
  },
  { additionalProperties: false },
);
type SearchQuery = Static<typeof searchQuery>;

/** Adds the routes. */
export function orderRoutes(app: HttpApp, parts: OrderParts & { streams: EventStreams }): void {
  const { sources, search, tail, streams } = parts;
  app.get('/api/orders', { schema: { querystring: searchQuery } }, async (request, reply) => {
    const wish = await searchOf(request.query, sources);
    return answer(reply, isProblem(wish) ? wish : await search(wish), (page) => page);
  });
  app.get('/api/orders/:id', { schema: { params: uuidParams } }, async (request, reply) =>
    answer(reply, await orderDetail(sources, orderId(request.params.id)), (detail) => detail),
  );
  app.get('/api/orders/:id/stream', { exposeHeadRoute: false, schema: { params: uuidParams } }, (request, reply) =>
    streams.send(reply, changesOf(tail, orderStream(orderId(request.params.id))), (message) => message),
  );
}

async function searchOf(query: SearchQuery, { store }: OrderSources): Promise<OrderSearch | Problem> {
  const amounts = amountsOf(query);
  if (isProblem(amounts)) return amounts;
  const { id, customer, status, fromMs, toMs, cursor, limit } = query;
  const [after, before] = await Promise.all([
    fromMs === undefined ? undefined : positionBefore(store, ordersLog, Number(fromMs)),
    toMs === undefined ? undefined : positionBefore(store, ordersLog, Number(toMs)),
  ]);
  const ends = [cursor === undefined ? undefined : Number(cursor), before].filter((end) => end !== undefined);
  return {
    limit: Number(limit ?? '50'),
    ...amounts,
    id: id?.toLowerCase(),
    customer: customer === undefined ? undefined : customerOf(customer),
    status,
    after,
    upTo: ends.length === 0 ? undefined : position(Math.min(...ends)),
  };
}

function customerOf(text: string): { readonly text: string; readonly isBeginning: boolean } {
  return text.endsWith('*') ? { text: text.slice(0, -1), isBeginning: true } : { text, isBeginning: false };
}

function amountsOf({
  minAmount,
  maxAmount,
  currency,
}: SearchQuery): Pick<OrderSearch, 'minMinor' | 'maxMinor' | 'currency'> | Problem {
  const fault = (field: string, detail: string): Problem =>
    invalidRequest({ in: 'query', pointer: `/${field}`, detail });
  if (currency !== undefined && !isCurrency(currency)) return fault('currency', 'is not a currency of ISO 4217');
  if (currency === undefined && (minAmount ?? maxAmount) !== undefined)
    return fault('currency', 'is needed with an amount: 10.00 is something else in each');
  const amounts: { minMinor?: bigint; maxMinor?: bigint } = {};
  for (const [field, key, text] of [
    ['minAmount', 'minMinor', minAmount],
    ['maxAmount', 'maxMinor', maxAmount],
  ] as const) {
    if (text === undefined || currency === undefined) continue;
    const minor = parseDecimal(text, currency);
    if (typeof minor !== 'bigint') return fault(field, `is not an amount of ${currency}`);
    amounts[key] = minor;
  }
  return currency === undefined ? amounts : { ...amounts, currency };
}

/**
 * A sign for each event of the stream; also when some may have been missed, with revision 0: then read it again. So it is
 * at the beginning, because whoever opened the stream had read the order before.
 */
async function* changesOf(tail: LogTail, stream: string): AsyncGenerator<ServerSentEvent> {
  const readAgain = { event: 'changed', data: { revision: 0, type: '' } };
  for await (const news of tail.news()) {
    if ('begunAfter' in news) {
      yield { id: String(news.begunAfter), ...readAgain };
      continue;
    }
    if (news.skippedAfter !== null) yield { id: String(news.to), ...readAgain };
    for (const event of news.events) {
      if (event.stream === stream)
        yield { id: String(event.position), event: 'changed', data: { revision: event.revision, type: event.type } };
    }
  }
}
