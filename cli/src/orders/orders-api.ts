/**
 * ordersvc's HTTP API for commands. A refusal becomes a CodedError with the problem's own code, its sentence, the
 * fields at fault, and where the problem is explained. Nothing waits longer than the limit below.
 */
import { CodedError, messageOf } from '@eventstream/platform';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type OrderJson, type OrderPageJson, orderPageShape, orderShape, problemShape } from './order-shapes.ts';

const answerWithinMs = 15_000;

/** What a new order asks for. `unit_price` is decimal text, taken as it is written. */
export interface NewOrder {
  readonly customer_id: string;
  readonly restaurant_id: string;
  readonly order_items: readonly {
    readonly code: string;
    readonly name: string;
    readonly unit_price: string;
    readonly quantity: number;
  }[];
  readonly currency?: string;
}

/** An order after a write. */
export interface WrittenOrder {
  readonly order: OrderJson;
  /** Such as `ORDERS:123`. */
  readonly position: string;
  /** The same key had placed it before. */
  readonly replayed: boolean;
}

/** Which orders are wanted. */
interface OrderQuery {
  readonly customer: string | undefined;
  readonly status: string | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** The calls. */
export interface OrdersApi {
  /** May be repeated with the same key: the order is placed once. */
  place(order: NewOrder, key: string): Promise<WrittenOrder>;
  /** Recorded as an operator's wish. */
  cancel(id: string, reason: string | undefined): Promise<WrittenOrder>;
  review(id: string, decision: 'approve' | 'reject', reason: string): Promise<WrittenOrder>;
  get(id: string): Promise<OrderJson>;
  list(query: OrderQuery): Promise<OrderPageJson>;
  /** The open answer of an order's event stream after a revision; undefined when the order has ended before. */
  openStream(id: string, afterRevision: number, signal: AbortSignal): Promise<Response | undefined>;
}

/** The API at a base address. */
export function ordersApi(baseUrl: string): OrdersApi {
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<WrittenOrder> => {
    const response = await call(baseUrl, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return {
      order: await read(response, orderShape),
      position: response.headers.get('eventstream-position') ?? '',
      replayed: response.headers.get('idempotent-replayed') === 'true',
    };
  };
  return {
    place: (order, key) => post('/api/orders', order, { 'idempotency-key': key }),
    cancel: (id, reason) => post(`/api/orders/${id}/cancel`, { by: 'operator', reason }),
    review: (id, decision, reason) => post(`/api/orders/${id}/review`, { decision, reason }),
    get: async (id) => read(await call(baseUrl, `/api/orders/${id}`), orderShape),
    list: async ({ customer, status, cursor, limit }) => {
      const query = new URLSearchParams({
        limit: String(limit),
        ...(customer === undefined ? {} : { customer_id: customer }),
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return read(await call(baseUrl, `/api/orders?${query.toString()}`), orderPageShape);
    },
    openStream: async (id, afterRevision, signal) => {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(afterRevision) };
      const response = await call(baseUrl, `/api/orders/${id}/stream`, { headers, signal });
      return response.status === 204 ? undefined : response;
    },
  };
}

async function call(baseUrl: string, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await send(`${baseUrl}${path}`, { signal: AbortSignal.timeout(answerWithinMs), ...init });
  if (response.ok) return response;
  throw await refusal(response, baseUrl);
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unreachable(url, 'does not answer', error);
  }
}

function unreachable(url: string, what: string, error: unknown): CodedError {
  const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new CodedError('orders_unreachable', `${new URL(url).origin} ${what}: ${messageOf(reason)}`, {
    cause: error,
    nextStep: 'See `npx eventstream status`; asking again is safe.',
  });
}

async function read<Shape extends TSchema>(response: Response, shape: Shape): Promise<Static<Shape>> {
  // A connection may break behind the first line of an answer as well.
  const body = await response.text().catch((error: unknown) => {
    throw unreachable(response.url, 'broke off its answer', error);
  });
  const answer = parsed(body);
  if (Value.Check(shape, answer)) return answer;
  throw new CodedError('answer_unreadable', `${response.url} answers something that is not as its API says.`, {
    nextStep: 'Check that ORDERS_URL leads to ordersvc, and that it is of the same version as this command.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function refusal(response: Response, baseUrl: string): Promise<CodedError> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!Value.Check(problemShape, body))
    return new CodedError('orders_refused', `${response.url} answers ${response.status} ${response.statusText}.`);
  const fields = (body.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer || 'request'}: ${detail}`).join('');
  const again = response.headers.get('retry-after');
  // The fields at fault say what the detail says, each for itself.
  return new CodedError(body.code, `${body.title}:${fields === '' ? ` ${body.detail}` : fields}`, {
    details: { status: body.status },
    nextStep: again === null ? `Explained at ${baseUrl}${body.type}` : `Try again in ${again} s.`,
  });
}
