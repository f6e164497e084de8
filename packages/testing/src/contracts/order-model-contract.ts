/** What every read model of orders promises, as tests: what its sink does with a page of the log, and what is answered of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type CancelReason,
  type Incarnation,
  incarnation,
  type OrderCreated,
  type OrderEvent,
  type OrderId,
  orderId,
  orderStream,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { OrderQueries, OrderView } from '@eventstream/read-model';
import type { LogSink } from '@eventstream/worker';
import { cancelled, currencyOf, facts, memoryOrdersStore, record, sampleOrder, voidRequested } from '../orders.ts';

/** An adapter under test. */
export interface OrderModelUnderTest {
  readonly name: string;
  /** A new and empty read model. */
  open(): Promise<OrderModel>;
}

/** One read model, as two processes that fold and one that answers would have it. */
interface OrderModel {
  readonly sinks: readonly [LogSink, LogSink];
  readonly queries: OrderQueries;
}

const committed = { kind: 'committed' };
const moved = { kind: 'moved' };
const [alice, bob, carol] = [sampleOrder(), sampleOrder(), sampleOrder()];

/** Facts, each of an order, as the log tells them. */
type Told = readonly (readonly [OrderCreated, OrderEvent])[];

interface Log {
  readonly life: Incarnation;
  readonly events: readonly RecordedEvent[];
}

async function logOf(told: Told): Promise<Log> {
  const store = memoryOrdersStore();
  const events: RecordedEvent[] = [];
  for (const [order, fact] of told) events.push(await record(store, order.orderId, fact));
  return { events, life: events[0] ? (await store.head(events[0].log)).incarnation : incarnation(newId()) };
}

/** The beginning of most stories: positions 1 to 4, in which alice's order is approved and bob's is new. */
const twoOrders: Told = [
  [alice, alice],
  [alice, facts.debited],
  [bob, bob],
  [alice, facts.approved],
];

/** The whole log as one page. */
async function folded({ sinks: [sink] }: OrderModel, told: Told): Promise<Log> {
  const log = await logOf(told);
  assert.deepEqual(await sink.apply(log.events, log.life), committed);
  return log;
}

const unreadable = (event: RecordedEvent): RecordedEvent => ({ ...event, data: Buffer.from('{') });

/** What readers see: how far it all is, and each order's status and revision, with a `?` when it is stale. */
async function shown({ queries }: OrderModel, ...orders: readonly OrderCreated[]): Promise<readonly unknown[]> {
  const views = await Promise.all(orders.map((order) => queries.get(order.orderId)));
  const short = ({ status, revision, stale }: OrderView) => `${status} ${revision}${stale ? ' ?' : ''}`;
  return [await queries.checkpoint(), ...views.map((view) => view && short(view))];
}

const ids = (orders: readonly { readonly orderId: OrderId }[]): readonly OrderId[] =>
  orders.map((order) => order.orderId);

type Tests = Readonly<Record<string, (model: OrderModel) => Promise<void>>>;

const pages: Tests = {
  'is at the beginning, in no life of the log, before its first page': async (model) => {
    assert.deepEqual(await model.sinks[0].checkpoint(), { position: 0, incarnation: undefined });
    assert.deepEqual(await shown(model, alice), [0, undefined]);
  },
  'shows a page, and is as far as the page goes': async (model) => {
    const { life } = await folded(model, twoOrders);
    assert.deepEqual(await shown(model, alice, bob), [4, 'Approved 3', 'Pending 1']);
    assert.deepEqual(await model.sinks[0].checkpoint(), { position: 4, incarnation: life });
  },
  'folds a page onto what another process has written': async (model) => {
    const [sink, other] = model.sinks;
    const { life, events } = await logOf(twoOrders);
    assert.deepEqual(await sink.apply(events.slice(0, 1), life), committed);
    assert.deepEqual(await other.apply(events.slice(1, 3), life), committed);
    assert.deepEqual(await sink.checkpoint(), { position: 3, incarnation: life });
    assert.deepEqual(await sink.apply(events.slice(3), life), committed);
    assert.deepEqual(await shown(model, alice, bob), [4, 'Approved 3', 'Pending 1']);
    assert.deepEqual((await model.queries.get(alice.orderId))?.items, alice.items);
  },
  'is left as it is by a page that begins elsewhere': async (model) => {
    const [sink, other] = model.sinks;
    const { life, events } = await logOf(twoOrders);
    assert.deepEqual(await sink.apply(events.slice(1), life), moved);
    assert.deepEqual(await shown(model, alice, bob), [0, undefined, undefined]);
    assert.deepEqual(await sink.apply(events.slice(0, 2), life), committed);
    for (const page of [events.slice(0, 2), events.slice(1), events.slice(3)]) {
      assert.deepEqual(await other.apply(page, life), moved);
      assert.deepEqual(await shown(model, alice, bob), [2, 'PaymentDebited 2', undefined]);
    }
  },
  'is left as it is by a page of another life of the log': async (model) => {
    const [sink, other] = model.sinks;
    const { life, events } = await logOf(twoOrders);
    await sink.apply(events.slice(0, 2), life);
    assert.deepEqual(await other.apply(events.slice(2), incarnation(newId())), moved);
    assert.deepEqual(await shown(model, alice, bob), [2, 'PaymentDebited 2', undefined]);
    assert.deepEqual(await sink.checkpoint(), { position: 2, incarnation: life });
  },
  'is left as it is by a page with nothing in it': async (model) => {
    assert.deepEqual(await model.sinks[0].apply([], incarnation(newId())), committed);
    assert.deepEqual(await model.sinks[0].checkpoint(), { position: 0, incarnation: undefined });
  },
  'takes a page once from two who write it at the same time': async (model) => {
    const { life, events } = await logOf(twoOrders);
    for (const sink of model.sinks) await sink.checkpoint();
    const outcomes = await Promise.all(model.sinks.map((sink) => sink.apply(events, life)));
    assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['committed', 'moved']);
    assert.deepEqual(await shown(model, alice, bob), [4, 'Approved 3', 'Pending 1']);
  },
};

const poison: Tests = {
  'stops following an order at an event that cannot be folded, says so, and goes on with the others': async (model) => {
    const { life, events } = await logOf(twoOrders);
    const page = events.map((event) => (event.position === 2 ? unreadable(event) : event));
    assert.deepEqual(await model.sinks[0].apply(page, life), committed);
    assert.deepEqual(await shown(model, alice, bob), [4, 'Pending 1 ?', 'Pending 1']);
  },
  'does not follow it in later pages either, whoever folds them': async (model) => {
    const [sink, other] = model.sinks;
    const { life, events } = await logOf([...twoOrders, [bob, facts.debited]]);
    const [first, second, third, ...others] = events;
    assert.ok(first && second && third);
    await sink.apply([first, unreadable(second)], life);
    assert.deepEqual(await sink.apply([third], life), committed);
    assert.deepEqual(await other.apply(others, life), committed);
    assert.deepEqual(await shown(model, alice, bob), [5, 'Pending 1 ?', 'PaymentDebited 2']);
  },
  'shows nothing of an order whose first event cannot be folded': async (model) => {
    const [sink, other] = model.sinks;
    const { life, events } = await logOf(twoOrders);
    const [first, second, ...others] = events;
    assert.ok(first && second);
    assert.deepEqual(await sink.apply([unreadable(first), second], life), committed);
    assert.deepEqual(await other.apply(others, life), committed);
    assert.deepEqual(await shown(model, alice, bob), [4, undefined, 'Pending 1']);
    assert.deepEqual(
      (await model.queries.list({ limit: 10 })).orders.map(({ stale }) => stale),
      [false],
    );
  },
  'stops following an order that an event is missing of': async (model) => {
    const { life, events } = await logOf(twoOrders);
    const [first, , third, fourth] = events;
    assert.ok(first && third && fourth);
    const stranger = { ...third, position: position(2), stream: orderStream(carol.orderId), revision: fourth.revision };
    assert.deepEqual(await model.sinks[0].apply([first, stranger, third, fourth], life), committed);
    assert.deepEqual(await shown(model, alice, bob, carol), [4, 'Pending 1 ?', 'Pending 1', undefined]);
  },
  'lists an order that it does not follow where it was, and as stale': async (model) => {
    const { life, events } = await logOf(twoOrders);
    await model.sinks[0].apply(events.slice(0, 3), life);
    const [last] = events.slice(3);
    assert.ok(last);
    await model.sinks[0].apply([unreadable(last)], life);
    const { orders } = await model.queries.list({ status: 'PaymentDebited', limit: 10 });
    assert.deepEqual(
      orders.map((order) => [order.orderId, order.stale]),
      [[alice.orderId, true]],
    );
  },
};

/** A life to each of the statuses that an order can show, and why it shows that. */
const lives: readonly (readonly [string, CancelReason | undefined, ...OrderEvent[]])[] = [
  ['Pending', undefined],
  ['PaymentDebited', undefined, facts.debited],
  ['InReview', undefined, facts.debited, facts.reviewRequested],
  ['Approved', undefined, facts.debited, facts.reviewRequested, facts.approved],
  ['Cancelling', 'customer', facts.cancelRequested],
  ['Cancelling', 'review_rejected', facts.debited, facts.rejected],
  ['Cancelling', 'payment_timeout', voidRequested('payment_timeout')],
  ['Cancelled', 'payment_declined', facts.declined, cancelled('payment_declined')],
  [
    'Cancelled',
    'customer',
    facts.cancelRequested,
    voidRequested('customer'),
    facts.voidedNothing,
    cancelled('customer'),
  ],
];

const answers: Tests = {
  'shows an order exactly as it was placed, and where its last event is': async (model) => {
    const placed = sampleOrder({
      customerId: 'Zoë "the" O’Neill \\ 🍕',
      restaurantId: '東京 — 食堂',
      items: [
        {
          code: 'b',
          name: 'last in the alphabet\nand first on the list',
          unitPriceMinor: 999_999_999_999_999n,
          quantity: 1,
        },
        { code: 'a', name: '', unitPriceMinor: 0n, quantity: Number.MAX_SAFE_INTEGER },
        { code: 'b', name: 'again', unitPriceMinor: 0n, quantity: 2 },
      ],
      amount: { minor: 999_999_999_999_999n, currency: currencyOf('JPY') },
      createdOn: '2026-02-03T04:05:06.789Z',
    });
    await folded(model, [
      [alice, alice],
      [placed, placed],
      [placed, facts.cancelRequested],
    ]);
    assert.deepEqual(await model.queries.get(placed.orderId), {
      orderId: placed.orderId,
      customerId: placed.customerId,
      restaurantId: placed.restaurantId,
      items: placed.items,
      amount: placed.amount,
      status: 'Cancelling',
      reason: 'customer',
      createdOn: placed.createdOn,
      revision: 2,
      position: 3,
      stale: false,
    });
  },
  'knows no order that was never placed': async (model) => {
    await folded(model, twoOrders);
    assert.equal(await model.queries.get(orderId(newId())), undefined);
  },
  'shows every status, and the reason of a cancellation only': async (model) => {
    const orders = lives.map(([, , ...life]) => ({ order: sampleOrder(), life }));
    await folded(
      model,
      orders.flatMap(({ order, life }) => [order, ...life].map((fact) => [order, fact] as const)),
    );
    const views = await Promise.all(orders.map(({ order }) => model.queries.get(order.orderId)));
    assert.deepEqual(
      views.map((view) => [view?.status, view?.reason]),
      lives.map(([status, reason]) => [status, reason]),
    );
  },
  'has empty lists before the first order': async ({ queries }) => {
    assert.deepEqual(await queries.list({ limit: 100 }), { orders: [], next: undefined });
    assert.equal(await queries.waiting(10), 0);
  },
  'lists orders, newest first, each as it is shown alone': async (model) => {
    await folded(model, [
      [carol, carol],
      [alice, alice],
      [bob, bob],
      [carol, facts.debited],
    ]);
    const { orders, next } = await model.queries.list({ limit: 100 });
    assert.deepEqual(orders, await Promise.all([bob, alice, carol].map(({ orderId: id }) => model.queries.get(id))));
    assert.equal(next, undefined);
  },
  'lists page by page, also while orders are placed, and says which page is the last': async (model) => {
    const [first, second, third, fourth, late] = Array.from({ length: 5 }, () => sampleOrder());
    assert.ok(first && second && third && fourth && late);
    const { events, life } = await logOf([first, second, third, fourth, late].map((order) => [order, order]));
    await model.sinks[0].apply(events.slice(0, 4), life);
    const newest = await model.queries.list({ limit: 2 });
    assert.deepEqual(ids(newest.orders), ids([fourth, third]));
    assert.equal(newest.next, 3);
    await model.sinks[0].apply(events.slice(4), life);
    const older = await model.queries.list({ limit: 2, before: position(3) });
    assert.deepEqual(ids(older.orders), ids([second, first]));
    assert.equal(older.next, undefined);
    assert.deepEqual(await model.queries.list({ limit: 2, before: position(1) }), { orders: [], next: undefined });
  },
  'lists the orders of a customer, in a status, or both': async (model) => {
    const [zoe, other] = [sampleOrder({ customerId: 'zoe' }), sampleOrder({ customerId: 'zoe' })];
    await folded(model, [
      [zoe, zoe],
      [alice, alice],
      [other, other],
      [alice, facts.debited],
      [other, facts.debited],
    ]);
    const listed = async (filter: { customerId?: string; status?: OrderView['status'] }) =>
      ids((await model.queries.list({ ...filter, limit: 10 })).orders);
    assert.deepEqual(await listed({ customerId: 'zoe' }), ids([other, zoe]));
    assert.deepEqual(await listed({ status: 'PaymentDebited' }), ids([other, alice]));
    assert.deepEqual(await listed({ customerId: 'zoe', status: 'PaymentDebited' }), ids([other]));
    assert.deepEqual(await listed({ customerId: 'ZOE' }), []);
  },
  'counts an order as waiting until it is approved or a person has to decide, no further than asked': async (model) => {
    const [paid, inReview, done] = [sampleOrder(), sampleOrder(), sampleOrder()];
    await folded(model, [
      [alice, alice],
      [paid, paid],
      [inReview, inReview],
      [done, done],
      [paid, facts.debited],
      [inReview, facts.debited],
      [inReview, facts.reviewRequested],
      [done, facts.debited],
      [done, facts.approved],
    ]);
    assert.equal(await model.queries.waiting(10), 2);
    assert.equal(await model.queries.waiting(1), 1);
  },
};

/** Runs the whole contract. Call it at the top of a test file. */
export function orderModelContract({ name, open }: OrderModelUnderTest): void {
  describe(`the order model's contract: ${name}`, () => {
    for (const tests of [pages, poison, answers])
      for (const [statement, run] of Object.entries(tests)) test(statement, async () => run(await open()));
  });
}
