/**
 * Bounds how many orders may lie between their 201 and their end. Taking an order is cheaper than finishing it, and
 * goes first when the processors are full (docs/decisions/0014), so without a bound a lasting overload would be
 * accepted as a whole and finished hours later. What waits is in the log, not in memory: the bound is about time and
 * disk.
 */
import { gauge, type Logger, messageOf } from '@eventstream/platform';
import type { OrderQueries } from '@eventstream/read-model';
import { type Door, kitProblems, type Middleware, Problem, refusedCalls } from '@eventstream/service-kit';

const waitingGauge = gauge(
  'orders_waiting',
  'Orders that wait to be paid or reviewed by the policy, when last counted',
  [],
);
const refused = refusedCalls.labels('new orders', 'full');

/** How often they are counted while orders arrive or wait, so that at most a second's orders too many are taken. */
const countEveryMs = 1_000;
/** How long a count is believed. After that it is unknown how many wait, and no order is refused. */
const countHoldsMs = 5_000;
const retryAfterSeconds = 5;

/** What the bound is made of. */
export interface OrdersWaitingOptions {
  readonly queries: Pick<OrderQueries, 'waiting'>;
  readonly ordersMax: number;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. Default: the process's own. */
  readonly nowMs?: () => number;
}

/** Refuses new orders while too many wait. It never waits itself, and counts only while orders arrive or wait. */
export class OrdersWaiting implements Door {
  readonly #options: OrdersWaitingOptions;
  readonly #nowMs: () => number;
  readonly #problem: Problem;
  #fullUntilMs = Number.NEGATIVE_INFINITY;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #counting = false;
  #anyWait = false;
  #canCount = true;
  #next: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OrdersWaitingOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#problem = new Problem(
      kitProblems.overloaded,
      `${options.ordersMax} orders wait to be paid and reviewed already; nothing was done`,
      { retryAfterSeconds },
    );
  }

  /** Lets a new order pass or refuses it, as `refuse` says. */
  readonly admit: Middleware = (next) => async (request, context) => this.refuse() ?? next(request, context);

  /** Why a new order is refused; undefined when it is not. */
  readonly refuse = (): Problem | undefined => {
    const nowMs = this.#nowMs();
    if (nowMs - this.#countedAtMs >= countEveryMs && !this.#counting) void this.#count(nowMs);
    if (nowMs >= this.#fullUntilMs) return undefined;
    refused.inc();
    return this.#problem;
  };

  /** Counts no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#next);
  }

  async #count(nowMs: number): Promise<void> {
    clearTimeout(this.#next);
    this.#counting = true;
    this.#countedAtMs = nowMs;
    try {
      const { ordersMax, queries } = this.#options;
      const waiting = await queries.waiting(ordersMax);
      waitingGauge.set(waiting);
      this.#anyWait = waiting > 0;
      this.#fullUntilMs = waiting >= ordersMax ? nowMs + countHoldsMs : Number.NEGATIVE_INFINITY;
      this.#canCount = true;
    } catch (error) {
      // The read model is not needed to take an order, so its absence refuses none.
      this.#fullUntilMs = Number.NEGATIVE_INFINITY;
      if (this.#canCount)
        this.#options.logger.warn({ reason: messageOf(error) }, 'the orders that wait cannot be counted');
      this.#canCount = false;
    } finally {
      this.#counting = false;
    }
    // Until none wait, so that neither the bound nor what is shown lives on after the last order.
    if (this.#anyWait && !this.#closed) {
      this.#next = setTimeout(() => void this.#count(this.#nowMs()), countEveryMs).unref();
    }
  }
}
