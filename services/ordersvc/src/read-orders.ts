/** The reads: one order, a page of orders, an order's events, an order as it lives on. */
import {
  decodeOrderEvent,
  type OrderId,
  orderStream,
  ordersLog,
  type RecordedEvent,
  UndecodableEvent,
} from '@eventstream/contracts';
import { evolve, hasEnded, IllegalEvent, noOrder, type Order } from '@eventstream/domain';
import { type EventReader, type EventSubscriber, loadStream } from '@eventstream/event-store';
import type { OrderPage, OrderQueries } from '@eventstream/read-model';
import { type CallContext, isProblem, Problem } from '@eventstream/service-kit';
import { loadOrderView, orderNotFound } from './load-order-view.ts';
import { positionToken } from './position-token.ts';
import { PositionWatch } from './position-watch.ts';
import { orderProblems } from './problems.ts';
import type {
  FollowedOrder,
  FollowOrder,
  FoundOrder,
  Freshness,
  GetOrder,
  ListOrders,
  OrderService,
  OrderStep,
} from './service.ts';

/** What the reads need. */
export interface ReadOrdersOptions {
  readonly store: EventReader & EventSubscriber;
  readonly queries: OrderQueries;
  /** How long a read waits for the read model to get to the position it names. */
  readonly freshWithinMs: number;
}

/** The reads over a store and a read model. */
export function readOrders(
  options: ReadOrdersOptions,
): Pick<OrderService, 'getOrder' | 'listOrders' | 'orderEvents' | 'followOrder'> {
  const reads = new OrderReads(options);
  return {
    getOrder: (request, context) => reads.get(request, context),
    listOrders: (request, context) => reads.list(request, context),
    orderEvents: (request) => reads.events(request.orderId),
    followOrder: (request, context) => reads.follow(request, context),
  };
}

class OrderReads {
  readonly #options: ReadOrdersOptions;
  readonly #watch: PositionWatch;

  constructor(options: ReadOrdersOptions) {
    this.#options = options;
    this.#watch = new PositionWatch(() => options.queries.checkpoint());
  }

  async get(request: GetOrder, context: CallContext): Promise<FoundOrder | Problem> {
    const behind = await this.#becomeFresh(request, context);
    if (isProblem(behind)) return behind;
    const { store, queries } = this.#options;
    const row = await queries.get(request.orderId);
    if (row !== undefined && !row.stale) return { order: row, readModel: 'current' };
    try {
      const order = await loadOrderView(store, request.orderId);
      if (order !== undefined) return { order, readModel: row === undefined ? 'behind' : 'parked' };
    } catch (error) {
      // The event that parked the row may keep us from folding the stream as well. Then the last good row is the best
      // answer.
      if (row === undefined || !isUnfoldable(error)) throw error;
    }
    return row === undefined ? orderNotFound(request.orderId) : { order: row, readModel: 'parked' };
  }

  async list(request: ListOrders, context: CallContext): Promise<OrderPage | Problem> {
    const behind = await this.#becomeFresh(request, context);
    return isProblem(behind) ? behind : this.#options.queries.list(request.filter);
  }

  async events(id: OrderId): Promise<readonly RecordedEvent[] | Problem> {
    const events = await loadStream(this.#options.store, ordersLog, orderStream(id));
    return events.length === 0 ? orderNotFound(id) : events;
  }

  async follow(request: FollowOrder, context: CallContext): Promise<FollowedOrder | Problem> {
    const { store } = this.#options;
    const events = await loadStream(store, ordersLog, orderStream(request.orderId));
    const last = events.at(-1);
    if (last === undefined) return orderNotFound(request.orderId);
    const past = stepsOf(noOrder, events);
    const over = hasEnded(past.after) && last.revision <= request.after;
    return { over, steps: followSteps(store, past, request, context.signal) };
  }

  /** Waits until the read model has what the caller has seen; answers why it cannot be waited for. */
  async #becomeFresh({ minPosition }: Freshness, context: CallContext): Promise<Problem | undefined> {
    const { store, queries, freshWithinMs } = this.#options;
    if (minPosition === undefined || (await queries.checkpoint()) >= minPosition) return undefined;
    const head = await store.head(ordersLog);
    if (minPosition > head.position) {
      const detail = `${positionToken(minPosition)} is beyond the log’s end, ${positionToken(head.position)}`;
      const fault = { in: 'header', pointer: '/eventstream-min-position', detail: 'is beyond the log’s end' } as const;
      return new Problem(orderProblems.positionUnknown, detail, { faults: [fault] });
    }
    if (await this.#watch.reached(minPosition, { limitMs: freshWithinMs, signal: context.signal })) return undefined;
    return new Problem(
      orderProblems.readModelBehind,
      `the read model did not get to ${positionToken(minPosition)} within ${freshWithinMs} ms`,
      { retryAfterSeconds: 1 },
    );
  }
}

interface Steps {
  readonly steps: readonly OrderStep[];
  readonly after: Order;
}

function stepsOf(before: Order, events: readonly RecordedEvent[]): Steps {
  const steps: OrderStep[] = [];
  let order = before;
  for (const event of events) {
    order = evolve(order, decodeOrderEvent(event));
    if (order.status !== 'none') steps.push({ event, status: order.status });
  }
  return { steps, after: order };
}

/** The steps after the revision that was seen: those of the past, then each as it is recorded, until the end. */
async function* followSteps(
  store: EventSubscriber,
  past: Steps,
  request: FollowOrder,
  signal: AbortSignal,
): AsyncGenerator<OrderStep> {
  yield* past.steps.filter((step) => step.event.revision > request.after);
  let order = past.after;
  const last = past.steps.at(-1);
  if (hasEnded(order) || last === undefined) return;
  const pages = store.subscribe(ordersLog, last.event.position, { streamPrefix: orderStream(request.orderId), signal });
  for await (const page of pages) {
    const { steps, after } = stepsOf(order, page.events);
    yield* steps;
    order = after;
    if (hasEnded(order)) return;
  }
}

function isUnfoldable(error: unknown): boolean {
  return error instanceof UndecodableEvent || error instanceof IllegalEvent;
}
