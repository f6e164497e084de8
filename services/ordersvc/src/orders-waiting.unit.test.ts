import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metrics } from '@eventstream/platform';
import {
  ordersInMemory,
  payOrder,
  placeSample,
  quietLogger,
  recordAs,
  sampleOrder,
} from './orders-in-memory.fixture.ts';
import { OrdersWaiting } from './orders-waiting.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A bound of ten orders over a count that a test sets, and a clock that it moves. */
function bound() {
  const state: { waiting: number; counted: number; nowMs: number; fault?: Error } = {
    waiting: 0,
    counted: 0,
    nowMs: 0,
  };
  const orders = new OrdersWaiting({
    ordersMax: 10,
    queries: {
      waiting: async () => {
        state.counted += 1;
        if (state.fault) throw state.fault;
        return state.waiting;
      },
    },
    logger: quietLogger,
    nowMs: () => state.nowMs,
  });
  return { state, orders };
}

describe('the bound on orders that wait', () => {
  test('refuses from its number on, with a time to come back, and no longer once fewer wait', async () => {
    const { state, orders } = bound();
    state.waiting = 10;
    assert.equal(orders.refuse(), undefined, 'nobody has counted yet');
    await turn();
    const problem = orders.refuse();
    assert.equal(problem?.type.status, 503);
    assert.ok((problem?.retryAfterSeconds ?? 0) > 0);
    state.waiting = 9;
    state.nowMs += 1_000;
    orders.refuse();
    await turn();
    assert.equal(orders.refuse(), undefined);
  });

  test('is counted once a second while orders arrive, and never while none arrive or wait', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { state, orders } = bound();
    for (const nowMs of [0, 1, 999, 1_000, 1_500, 2_000]) {
      state.nowMs = nowMs;
      orders.refuse();
      await turn();
    }
    t.mock.timers.tick(60_000);
    assert.equal(state.counted, 3);
  });

  test('is counted on after the last order until none wait, so that the number shown is not left above 0', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { state, orders } = bound();
    state.waiting = 2;
    orders.refuse();
    await turn();
    for (const waiting of [1, 0, 0, 0]) {
      state.waiting = waiting;
      t.mock.timers.tick(1_000);
      await turn();
    }
    assert.equal(state.counted, 3);
    assert.match(await metrics.metrics(), /^orders_waiting 0$/m);
  });

  test('is not counted any more once it is closed', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { state, orders } = bound();
    state.waiting = 2;
    orders.refuse();
    await turn();
    orders.close();
    t.mock.timers.tick(60_000);
    assert.equal(state.counted, 1);
  });

  test('does not refuse by a count of long ago', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { state, orders } = bound();
    state.waiting = 10;
    orders.refuse();
    await turn();
    assert.ok(orders.refuse());
    state.nowMs += 3_600_000;
    assert.equal(orders.refuse(), undefined);
  });

  test('refuses nobody when it cannot be counted', async () => {
    const { state, orders } = bound();
    state.waiting = 10;
    orders.refuse();
    await turn();
    state.fault = new Error('the database is away');
    state.nowMs += 1_000;
    orders.refuse();
    await turn();
    assert.equal(orders.refuse(), undefined);
  });
});

describe('when too many orders wait', () => {
  test('new ones are refused over HTTP and nothing is stored; one that can end one is let in', async () => {
    const orders = await ordersInMemory({ limits: { ordersWaitingMax: 2 } });
    const ids = [await placeSample(orders), await placeSample(orders)];
    orders.newOrders.nowMs += 1_000;
    orders.newOrders.door.refuse(); // counts
    await turn();
    const before = (await orders.events()).length;
    const reply = await orders.app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder });
    assert.equal(reply.statusCode, 503);
    assert.equal(reply.headers['retry-after'], '5');
    assert.match(reply.json().detail, /2 orders wait/);
    assert.equal((await orders.events()).length, before);
    const cancel = await orders.app.inject({
      method: 'POST',
      url: `/api/orders/${ids[0]}/cancel`,
      payload: { reason: 'late' },
    });
    assert.equal(cancel.statusCode < 300, true, cancel.body);

    const [, second] = ids;
    assert.ok(second);
    await payOrder(orders, second);
    await recordAs(orders, second, { kind: 'approved', by: 'policy', reason: 'small' });
    orders.newOrders.nowMs += 1_000;
    orders.newOrders.door.refuse();
    await turn();
    await placeSample(orders);
    await orders.close();
  });
});
