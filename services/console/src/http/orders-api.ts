/** ordersvc's HTTP API, as far as an operator acts through it. What it refuses comes back as a problem of ours. */
import { kitProblems, Problem } from '@eventstream/service-kit';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Placed, Written } from '../api/actions.ts';
import { orderStatus } from '../api/values.ts';
import { consoleProblems } from '../problems.ts';
import type { Sample } from '../samples.ts';

const orderShape = Compile(Type.Object({ order_id: Type.String(), status: orderStatus, revision: Type.Integer() }));
const problemShape = Compile(Type.Object({ detail: Type.String(), code: Type.String() }));

/** What an operator does with orders. */
export interface OrdersApi {
  place(sample: Sample, customer: string): Promise<Placed | Problem>;
  cancel(orderId: string, reason: string): Promise<Written | Problem>;
  review(orderId: string, decision: 'approve' | 'reject', reason: string): Promise<Written | Problem>;
}

const answerMs = 12_000;

/** The API behind this address. */
export function httpOrdersApi(baseUrl: string): OrdersApi {
  const base = baseUrl.replace(/\/+$/, '');
  const write = async (orderId: string, what: string, body: unknown): Promise<Written | Problem> => {
    const answered = await post(`${base}/api/orders/${orderId}/${what}`, body);
    return answered instanceof Problem ? answered : { orderId, status: answered.status, revision: answered.revision };
  };
  return {
    async place({ item }, customer) {
      const { code, name, unitPrice, quantity } = item;
      const answered = await post(`${base}/api/orders`, {
        customer_id: customer,
        restaurant_id: 'console',
        order_items: [{ code, name, unit_price: unitPrice, quantity }],
      });
      if (answered instanceof Problem) return answered;
      return { orderId: answered.orderId, status: answered.status, position: answered.position };
    },
    cancel: (orderId, reason) => write(orderId, 'cancel', { reason, by: 'operator' }),
    review: (orderId, decision, reason) => write(orderId, 'review', { decision, reason }),
  };
}

interface WrittenOrder extends Written {
  readonly position: string;
}

async function post(url: string, body: unknown): Promise<WrittenOrder | Problem> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerMs),
    });
  } catch (cause) {
    return new Problem(
      kitProblems.dependencyUnavailable,
      'ordersvc does not answer; whether this was done is not known: look at the order, then try again',
      { cause, retryAfterSeconds: 2 },
    );
  }
  const answered: unknown = await response.json().catch(() => undefined);
  if (response.ok && orderShape.Check(answered))
    return {
      orderId: answered.order_id,
      status: answered.status,
      revision: answered.revision,
      position: response.headers.get('eventstream-position') ?? '',
    };
  return refusalOf(response, answered);
}

function refusalOf(response: Response, answered: unknown): Problem {
  const known = problemShape.Check(answered) ? answered : undefined;
  const detail = known?.detail ?? `ordersvc answered ${response.status}`;
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? '0');
  switch (response.status) {
    case 404:
      return new Problem(consoleProblems.orderNotFound, detail);
    case 429:
    case 503:
      return new Problem(kitProblems.overloaded, detail, { retryAfterSeconds: Math.max(1, retryAfterSeconds) });
    default:
      return response.status < 500
        ? new Problem(consoleProblems.ordersRefused, detail)
        : new Problem(kitProblems.dependencyUnavailable, `ordersvc failed: ${detail}`, { retryAfterSeconds: 2 });
  }
}
