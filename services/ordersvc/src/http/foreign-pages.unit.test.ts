import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OrdersInMemory, ordersInMemory, placeSample } from '../orders-in-memory.fixture.ts';

describe('a page that is open in a browser of this machine', () => {
  let orders: OrdersInMemory;
  before(async () => {
    orders = await ordersInMemory();
  });
  after(() => orders.close());

  const cancel = async (id: string, headers: Record<string, string>) => {
    const reply = await orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel`, headers });
    return reply.statusCode;
  };

  test('of another site cancels nothing, not even by a request that a browser sends without asking first', async () => {
    const id = await placeSample(orders);
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'http://evil.example:3000', 'null'])
      assert.equal(await cancel(id, { origin }), 403, origin);
    const { events } = (await orders.app.inject({ url: `/api/orders/${id}/events` })).json();
    assert.equal(events.length, 1, 'nothing was done');
    assert.equal(await cancel(id, { origin: 'http://127.0.0.1:3000' }), 200);
  });

  test('under another name for this address reads nothing', async () => {
    for (const host of ['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', '10.0.0.1:3000']) {
      const reply = await orders.app.inject({ url: '/api/orders', headers: { host } });
      assert.deepEqual([reply.statusCode, reply.json().code], [403, 'foreign-request'], host);
    }
    for (const host of ['127.0.0.1:3000', 'LOCALHOST:13000', '[::1]:3000', 'shop.example'])
      assert.equal((await orders.app.inject({ url: '/api/orders', headers: { host } })).statusCode, 200, host);
  });
});
