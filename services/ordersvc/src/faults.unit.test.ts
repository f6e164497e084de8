import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderId, UndecodableEvent } from '@eventstream/contracts';
import { type EventStore, StoreOverloaded, StoreUnavailable, type Write } from '@eventstream/event-store';
import { TooManyRaces } from '@eventstream/orders';
import { newId } from '@eventstream/platform';
import { type OrdersInMemory, ordersInMemory, placeSample, sampleOrder } from './orders-in-memory.fixture.ts';

/** A store that can be told to fail. */
class FailingStore implements EventStore {
  readonly #store: EventStore;
  /** What the next calls do instead of their work. */
  fault: (() => Promise<never>) | undefined;
  /** What the next reads of a stream do. */
  readFault: (() => Promise<never>) | undefined;
  appends = 0;
  streamReads = 0;

  constructor(store: EventStore) {
    this.#store = store;
  }

  append(write: Write) {
    this.appends += 1;
    return this.fault?.() ?? this.#store.append(write);
  }
  readStream(...given: Parameters<EventStore['readStream']>) {
    this.streamReads += 1;
    return this.readFault?.() ?? this.fault?.() ?? this.#store.readStream(...given);
  }
  readLog(...given: Parameters<EventStore['readLog']>) {
    return this.fault?.() ?? this.#store.readLog(...given);
  }
  readPositions(...given: Parameters<EventStore['readPositions']>) {
    return this.fault?.() ?? this.#store.readPositions(...given);
  }
  head(...given: Parameters<EventStore['head']>) {
    return this.fault?.() ?? this.#store.head(...given);
  }
  subscribe(...given: Parameters<EventStore['subscribe']>) {
    return this.#store.subscribe(...given);
  }
  close() {
    return this.#store.close();
  }
}

async function withFailingStore(
  options: Parameters<typeof ordersInMemory>[0] = {},
): Promise<{ orders: OrdersInMemory; failing: FailingStore }> {
  let failing: FailingStore | undefined;
  const throughStore = (store: EventStore): EventStore => {
    failing = new FailingStore(store);
    return failing;
  };
  const orders = await ordersInMemory({ ...options, throughStore });
  assert.ok(failing);
  return { orders, failing };
}

const post = (orders: OrdersInMemory, headers: Record<string, string> = {}) =>
  orders.app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder, headers });

describe('when the event store fails', () => {
  test('an order that may not be stored is never answered with 201, and the same key finds out', async () => {
    const { orders, failing } = await withFailingStore();
    failing.fault = () => Promise.reject(new StoreUnavailable('write', 'the connection broke'));
    const lost = await post(orders, { 'idempotency-key': 'k' });
    assert.equal(lost.statusCode, 503);
    assert.equal(lost.json().code, 'dependency-unavailable');
    assert.equal(lost.headers['retry-after'], '1');
    failing.fault = undefined;
    assert.equal((await post(orders, { 'idempotency-key': 'k' })).statusCode, 201);
    assert.equal((await orders.events()).length, 1);
    await orders.close();
  });

  test('it is told what follows: a key for an order, the same words for a wish, nothing for a read', async () => {
    const { orders, failing } = await withFailingStore();
    const id = await placeSample(orders);
    const cancel = () => orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel`, payload: {} });
    failing.fault = () => Promise.reject(new StoreUnavailable('write', 'the connection broke'));
    assert.match((await post(orders)).json().detail, /unknown whether this was done; .*Idempotency-Key$/);
    assert.match((await cancel()).json().detail, /unknown whether this was done; ask again: .* is a success$/);
    failing.fault = undefined;
    failing.readFault = () => Promise.reject(new StoreUnavailable('read', 'the connection broke'));
    for (const reply of [await cancel(), await orders.app.inject({ url: `/api/orders/${id}/events` })]) {
      assert.equal(reply.statusCode, 503);
      assert.match(reply.json().detail, /nothing was changed, ask again$/);
    }
    await orders.close();
  });

  test('overload is told as such, with when to come back, and so are races that are lost again and again', async () => {
    const { orders, failing } = await withFailingStore();
    for (const fault of [new StoreOverloaded(5000), new TooManyRaces(orderId(newId()))]) {
      failing.fault = () => Promise.reject(fault);
      const reply = await post(orders);
      assert.equal(reply.statusCode, 503);
      assert.equal(reply.json().code, 'overloaded');
      assert.equal(reply.headers['retry-after'], '1');
    }
    await orders.close();
  });

  test('nobody waits for ever', async () => {
    const { orders, failing } = await withFailingStore({ limits: { requestMs: 30 } });
    failing.fault = () => new Promise<never>(() => {});
    const reply = await post(orders);
    assert.equal(reply.statusCode, 503);
    assert.equal(reply.json().code, 'time-is-up');
    assert.equal(reply.headers['retry-after'], '1');
    await orders.close();
  });

  test('after many failures it is left alone for a moment, and reads of the read model go on', async () => {
    const { orders, failing } = await withFailingStore();
    const id = await placeSample(orders);
    failing.fault = () => Promise.reject(new StoreUnavailable('write', 'the connection broke'));
    for (let n = 0; n < 50; n += 1) await post(orders);
    const before = failing.appends;
    const refused = await post(orders);
    assert.equal(refused.statusCode, 503);
    assert.match(refused.json().detail, /nothing was done/);
    assert.equal(failing.appends, before, 'the store was not asked');
    assert.equal((await orders.app.inject({ url: `/api/orders/${id}` })).statusCode, 200);
    await orders.close();
  });

  test('an order that cannot be read waits for the next version, or for somebody who looks at it', async () => {
    const { orders, failing } = await withFailingStore();
    const id = await placeSample(orders);
    const [event] = await orders.events();
    assert.ok(event);
    for (const [code, says] of [
      ['contracts_unknown_event', /once a version that knows it is deployed$/],
      ['contracts_malformed_event', /until somebody has looked at it/],
    ] as const) {
      failing.readFault = () => Promise.reject(new UndecodableEvent(code, event, 'because'));
      const reply = await orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel`, payload: {} });
      assert.equal(reply.statusCode, 503);
      assert.equal(reply.json().code, 'order-unreadable');
      assert.match(reply.json().detail, says);
    }
    await orders.close();
  });

  test('a bug is a 500 that tells nothing', async () => {
    const { orders, failing } = await withFailingStore();
    failing.fault = () => Promise.reject(new TypeError('secret of the inside'));
    const reply = await post(orders);
    assert.equal(reply.statusCode, 500);
    assert.equal(reply.json().code, 'internal-error');
    assert.ok(!reply.body.includes('secret'));
    await orders.close();
  });
});

describe('limits', () => {
  test('what is beyond the writes that are let in is told at once to come back, and stores nothing', async () => {
    const { orders } = await withFailingStore({ limits: { writesInFlight: 3 } });
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(orders)));
    const statuses = replies.map((reply) => reply.statusCode);
    assert.equal(statuses.filter((status) => status === 201).length, 3);
    const refused = replies.find((reply) => reply.statusCode === 503);
    assert.equal(refused?.json().code, 'overloaded');
    assert.equal(refused?.headers['retry-after'], '1');
    assert.equal((await orders.events()).length, 3);
    await orders.close();
  });

  test('a stream of events beyond those that may be open is refused before the store is read', async () => {
    const { orders, failing } = await withFailingStore({ streamsMax: 0 });
    const id = await placeSample(orders);
    const before = failing.streamReads;
    const reply = await orders.app.inject({ url: `/api/orders/${id}/stream` });
    assert.equal(reply.statusCode, 503);
    assert.equal(failing.streamReads, before);
    await orders.close();
  });

  test('streams of events that begin are reads, and no more of them begin at once than reads may be under way', async () => {
    const { orders, failing } = await withFailingStore({ limits: { readsInFlight: 1 } });
    const id = await placeSample(orders);
    const reading = Promise.withResolvers<never>();
    const asked = new Promise<void>((resolve) => {
      failing.readFault = () => {
        resolve();
        return reading.promise;
      };
    });
    const first = orders.app.inject({ url: `/api/orders/${id}/stream` });
    await asked;
    const second = await orders.app.inject({ url: `/api/orders/${id}/stream` });
    assert.equal(second.statusCode, 503);
    assert.match(second.json().detail, /1 reads are under way/);
    reading.reject(new StoreUnavailable('read', 'the connection broke'));
    assert.equal((await first).statusCode, 503);
    await orders.close();
  });

  test('2,000 orders at once are all taken', async () => {
    const { orders } = await withFailingStore();
    const replies = await Promise.all(Array.from({ length: 2_000 }, () => post(orders)));
    assert.ok(replies.every((reply) => reply.statusCode === 201));
    await orders.close();
  });

  test('a caller who asks too often is refused with 429', async () => {
    const { orders } = await withFailingStore({ limits: { requestsPerSecond: 2 } });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await post(orders)).statusCode);
    assert.deepEqual(statuses, [201, 201, 429]);
    await orders.close();
  });
});
