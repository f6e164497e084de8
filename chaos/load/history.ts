/** What a client did and was told: every request, and whether it was acknowledged, refused, or nobody knows. */
import { appendFileSync } from 'node:fs';
import { type OrderId, orderId } from '@eventstream/contracts';
import { idOf } from '@eventstream/platform';

/** What was asked for. `otherOrder`: another order under a key that was acknowledged before. */
export type Wish = 'place' | 'repeat' | 'otherOrder' | 'look' | 'cancel' | 'approve' | 'reject';

/** Acknowledged: done, and the client was told. Refused: not done, for certain. Unknown: either. */
export type Verdict = 'acked' | 'refused' | 'unknown';

/** One request and its answer. */
export interface Attempt {
  readonly wish: Wish;
  readonly verdict: Verdict;
  /** HTTP status, or what broke. */
  readonly answer: string;
  /** The order that the answer spoke of. */
  readonly orderId: string | undefined;
}

/** Everything that was asked for one order. */
export interface OrderHistory {
  readonly key: string;
  readonly customer: string;
  /** The order that this customer's key leads to, always. */
  readonly id: OrderId;
  readonly attempts: Attempt[];
}

/** Name of the operation in the id that an Idempotency-Key leads to, as ordersvc has it. */
const placeRoute = 'POST /api/orders';

/** The history of a run, in memory and line by line in a file. */
export class History {
  readonly orders: OrderHistory[] = [];
  readonly counts = { acked: 0, refused: 0, unknown: 0 };
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Begins the history of an order. */
  begin(customer: string, key: string): OrderHistory {
    const order = { key, customer, id: orderId(idOf('customer', customer, placeRoute, key)), attempts: [] };
    this.orders.push(order);
    return order;
  }

  /** Notes a request that has been answered, or has not. */
  note(order: OrderHistory, attempt: Attempt): void {
    order.attempts.push(attempt);
    this.counts[attempt.verdict] += 1;
    appendFileSync(this.#file, `${JSON.stringify({ at: new Date().toISOString(), order: order.id, ...attempt })}\n`);
  }
}
