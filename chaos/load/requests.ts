/** The requests of a client, and what it may conclude from each answer. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Attempt, OrderHistory, Verdict, Wish } from './history.ts';

const answerWithinMs = 15_000;
const answerJson = Compile(
  Type.Object({
    order_id: Type.Optional(Type.String()),
    status: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    detail: Type.Optional(Type.String()),
  }),
);

/** An answer, read. */
export interface Answer extends Attempt {
  /** The order's status, where the answer has an order. */
  readonly status: string | undefined;
}

/** Asks; never throws. */
export class Client {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  place(wish: 'repeat' | 'otherOrder', order: OrderHistory, body: string): Promise<Answer> {
    return this.#ask(wish, '/api/orders', { body, headers: { 'idempotency-key': order.key } });
  }

  look({ id }: OrderHistory): Promise<Answer> {
    return this.#ask('look', `/api/orders/${id}`, undefined);
  }

  cancel({ id }: OrderHistory): Promise<Answer> {
    return this.#ask('cancel', `/api/orders/${id}/cancel`, { body: JSON.stringify({ reason: 'changed my mind' }) });
  }

  review({ id }: OrderHistory, decision: 'approve' | 'reject'): Promise<Answer> {
    return this.#ask(decision, `/api/orders/${id}/review`, { body: JSON.stringify({ decision, reason: 'by hand' }) });
  }

  async #ask(
    wish: Wish,
    path: string,
    post: { readonly body: string; readonly headers?: Readonly<Record<string, string>> } | undefined,
  ): Promise<Answer> {
    const sent = post && {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...post.headers },
      body: post.body,
    };
    try {
      const response = await fetch(this.#baseUrl + path, { ...sent, signal: AbortSignal.timeout(answerWithinMs) });
      const json = parse(await response.text());
      const verdict = verdictOf(response.status, json.detail ?? '');
      const status = response.ok && typeof json.status === 'string' ? json.status : undefined;
      return { wish, verdict, answer: String(response.status), orderId: json.order_id, status };
    } catch (error) {
      return { wish, ...verdictOfBreak(error), orderId: undefined, status: undefined };
    }
  }
}

function parse(text: string) {
  try {
    const json: unknown = JSON.parse(text);
    return answerJson.Check(json) ? json : {};
  } catch {
    return {};
  }
}

/** A 503 is a promise that nothing was done only where it says so. */
function verdictOf(status: number, detail: string): Verdict {
  if (status >= 200 && status < 300) return 'acked';
  if (status >= 400 && status < 500) return 'refused';
  return status === 503 && detail.includes('nothing was done') ? 'refused' : 'unknown';
}

/** Only a connection that was never made has certainly carried nothing. */
function verdictOfBreak(error: unknown): { readonly verdict: Verdict; readonly answer: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return { verdict: code === 'ECONNREFUSED' ? 'refused' : 'unknown', answer: code };
}
