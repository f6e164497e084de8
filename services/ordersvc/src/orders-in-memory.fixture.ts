/** The whole service over a memory store, for its tests: real endpoints and transports, no I/O, a clock that stands. */
import {
  eventId,
  type Incarnation,
  incarnation,
  nowhere,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderId,
  orderIdOf,
  ordersLog,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import type { EventStore } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { foldRecorded, recordFacts } from '@eventstream/orders';
import { createLogger, newId } from '@eventstream/platform';
import {
  type OrderFilter,
  type OrderPage,
  type OrderQueries,
  type OrderView,
  orderViewOf,
  waitingStatuses,
} from '@eventstream/read-model';
import type { Door } from '@eventstream/service-kit';
import type { HttpApp } from '@eventstream/service-kit/http';
import { currencyOf } from '@eventstream/service-kit/settings';
import { type DoorLimits, openDoors } from './doors.ts';
import { type EndpointLimits, orderEndpoints } from './endpoints.ts';
import { ordersApp } from './http/app.ts';
import { readOrders } from './read-orders.ts';
import type { OrderService } from './service.ts';
import { writeOrders } from './write-orders.ts';

/** Writes nothing. */
export const quietLogger = createLogger({ service: 'ordersvc', level: 'silent' });

/** A read model that folds the store's log up to where a test lets it. */
class MemoryQueries implements OrderQueries {
  readonly #store: EventStore;
  /** How far it has got; undefined: as far as the log. */
  upTo: Position | undefined;
  /** Orders it has stopped following. */
  readonly parked = new Set<OrderId>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  async get(id: OrderId): Promise<OrderView | undefined> {
    return (await this.#views()).find((view) => view.orderId === id);
  }

  async list(filter: OrderFilter): Promise<OrderPage> {
    const matching = (await this.#views(filter.before)).filter(
      (view) =>
        (filter.customerId === undefined || view.customerId === filter.customerId) &&
        (filter.status === undefined || view.status === filter.status),
    );
    const orders = matching.slice(0, filter.limit);
    const last = orders.at(-1);
    const more = matching.length > filter.limit && last !== undefined;
    return { orders, next: more ? last.position : undefined };
  }

  async checkpoint(): Promise<Position> {
    return this.upTo ?? (await this.#store.head(ordersLog)).position;
  }

  async waiting(most: number): Promise<number> {
    const waiting = (await this.#views()).filter((view) => waitingStatuses.includes(view.status));
    return Math.min(waiting.length, most);
  }

  /** Newest first. Good enough for tests: an order's place is that of its last event. */
  async #views(before?: Position): Promise<OrderView[]> {
    const upTo = await this.checkpoint();
    const { events } = await this.#store.readLog(ordersLog, nowhere, { limit: 1000 });
    const streams = Map.groupBy(
      events.filter((event) => event.position <= upTo),
      (event) => event.stream,
    );
    return [...streams.values()]
      .flatMap((stream) => this.#viewOf(stream))
      .filter((view) => before === undefined || view.position < before)
      .toSorted((a, b) => b.position - a.position);
  }

  #viewOf(events: readonly RecordedEvent[]): OrderView[] {
    const last = events.at(-1);
    if (last === undefined) return [];
    const { order } = foldRecorded(events);
    const id = orderIdOf(last.stream);
    if (order.status === 'none' || id === undefined) return [];
    return [{ ...orderViewOf(order, last), stale: this.parked.has(id) }];
  }
}

/** What a test may change. */
export interface OrdersInMemoryOptions {
  readonly limits?: Partial<EndpointLimits & DoorLimits>;
  readonly freshWithinMs?: number;
  readonly streamsMax?: number;
  readonly heartbeatMs?: number;
  readonly defaultCurrency?: string;
  /** Puts something between the service and its store. */
  readonly throughStore?: (store: EventStore) => EventStore;
}

/** The service and what it stands on. */
export interface OrdersInMemory {
  readonly store: EventStore;
  readonly queries: MemoryQueries;
  readonly endpoints: OrderService;
  readonly app: HttpApp;
  /** The bound on new orders, and the clock by which it counts those that wait. */
  readonly newOrders: { readonly door: Door; nowMs: number };
  /** Everything that is stored. */
  readonly events: () => Promise<readonly RecordedEvent[]>;
  readonly close: () => Promise<void>;
}

/** Makes the service over an empty store. */
export async function ordersInMemory(options: OrdersInMemoryOptions = {}): Promise<OrdersInMemory> {
  const clock = { nowMs: () => Date.UTC(2026, 10, 24) };
  const store = memoryEventStore({
    registry: { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) },
    clock,
    newIncarnation: (): Incarnation => incarnation(newId()),
  });
  const seen = options.throughStore?.(store) ?? store;
  const queries = new MemoryQueries(store);
  const service = {
    ...writeOrders({
      store: seen,
      clock,
      defaultCurrency: currencyOf(options.defaultCurrency ?? 'USD'),
      paymentWithinMs: 300_000,
    }),
    ...readOrders({ store: seen, queries, freshWithinMs: options.freshWithinMs ?? 2_000 }),
  };
  const limits = {
    writesInFlight: 4_000,
    readsInFlight: 4_000,
    writeWaitMs: 500,
    writeBurst: 2_500,
    ordersWaitingMax: 50_000,
    requestsPerSecond: 100_000,
    requestMs: 10_000,
    ...options.limits,
  };
  const doors = openDoors(limits, { queries, logger: quietLogger, nowMs: () => newOrders.nowMs });
  const newOrders = { door: doors.newOrders, nowMs: 0 };
  const endpoints = orderEndpoints(service, {
    limits,
    doors,
    logger: quietLogger,
    clock,
    isDatabaseAway: () => false,
  });
  const app = await ordersApp({
    endpoints,
    doors,
    logger: quietLogger,
    streamsMax: options.streamsMax ?? 10,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    names: ['shop.example'],
  });
  return {
    store,
    queries,
    endpoints,
    app,
    newOrders,
    events: async () => (await store.readLog(ordersLog, nowhere, { limit: 1000 })).events,
    close: async () => {
      await app.close();
      doors.close();
      await store.close();
    },
  };
}

/** A position by number. */
export const at = (number: number): Position => position(number);

/** The seed's sample order. */
export const sampleOrder = {
  customer_id: 'c-1',
  restaurant_id: 'r-1',
  order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, quantity: 2 }],
};

/** Places an order over HTTP and answers its id. */
export async function placeSample(orders: OrdersInMemory, change: object = {}): Promise<string> {
  const reply = await orders.app.inject({ method: 'POST', url: '/api/orders', payload: { ...sampleOrder, ...change } });
  if (reply.statusCode !== 201) throw new Error(`not placed: ${reply.body}`);
  return reply.json().order_id;
}

/** Records a fact about an order, as a worker would. */
export async function recordAs(orders: OrdersInMemory, id: string, fact: OrderEvent): Promise<void> {
  const cause = eventId(id);
  const recorded = await recordFacts(orders.store, {
    orderId: orderId(id),
    cause,
    actor: 'worker',
    facts: () => [fact],
  });
  if (recorded.kind !== 'recorded') throw new Error(`${fact.kind} was not recorded: ${recorded.kind}`);
}

/** Records the debit of a sample order. */
export async function payOrder(orders: OrdersInMemory, id: string): Promise<void> {
  const amount = { minor: 40_000n, currency: currencyOf('USD') };
  await recordAs(orders, id, { kind: 'paymentDebited', customerId: 'c-1', amount, gatewayReference: 'g-1' });
}
