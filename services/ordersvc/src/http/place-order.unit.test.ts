import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadataKeys } from '@eventstream/contracts';
import { at, ordersInMemory, sampleOrder } from '../orders-in-memory.fixture.ts';

const decode = (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data));

const place = (app: Awaited<ReturnType<typeof ordersInMemory>>['app'], key: string, payload: object = sampleOrder) =>
  app.inject({ method: 'POST', url: '/api/orders', payload, headers: { 'idempotency-key': key } });

describe('POST /api/orders', () => {
  test('answers the seed’s sample order as the seed did, with exact amounts beside', async () => {
    const { app, events, close } = await ordersInMemory();
    const reply = await app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder });
    assert.equal(reply.statusCode, 201, reply.body);
    const order = reply.json();
    assert.equal(reply.headers['location'], `/api/orders/${order.order_id}`);
    assert.equal(reply.headers['eventstream-position'], 'ORDERS:1');
    assert.equal(reply.headers['etag'], '"1"');
    assert.equal(reply.headers['idempotent-replayed'], undefined);
    assert.deepEqual(order, {
      order_id: order.order_id,
      customer_id: 'c-1',
      restaurant_id: 'r-1',
      order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, unit_price_minor: '20000', quantity: 2 }],
      amount: 400,
      amount_minor: '40000',
      currency: 'USD',
      status: 'Pending',
      created_on: '2026-11-24T00:00:00.000Z',
      revision: 1,
    });
    const [stored] = await events();
    assert.ok(stored);
    assert.equal(stored.type, 'ORDERS.created');
    assert.equal(stored.stream, `order-${order.order_id}`);
    assert.equal(stored.metadata[metadataKeys.withinMs], '300000');
    assert.equal(stored.metadata[metadataKeys.correlationId], order.order_id);
    assert.equal(stored.metadata[metadataKeys.actor], 'customer');
    assert.match(stored.metadata[metadataKeys.traceparent] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    await close();
  });

  test('belongs to the trace of the request', async () => {
    const { app, events, close } = await ordersInMemory();
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-00`;
    await app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder, headers: { traceparent } });
    const [stored] = await events();
    assert.match(stored?.metadata[metadataKeys.traceparent] ?? '', new RegExp(`^00-${'ab'.repeat(16)}-`));
    await close();
  });

  test('takes a price as number or text in the order’s currency', async () => {
    const { app, close } = await ordersInMemory();
    for (const [price, currency, minor, amount] of [
      ['19.90', 'EUR', '1990', 19.9],
      ['"19.90"', 'EUR', '1990', 19.9],
      ['1000', 'JPY', '1000', 1000],
      ['0.001', 'KWD', '1', 0.001],
      ['19.9000', 'EUR', '1990', 19.9],
      ['9999999999999.99', 'EUR', '999999999999999', 9999999999999.99],
    ] as const) {
      const payload = `{"customer_id":"c","restaurant_id":"r","currency":"${currency}","order_items":[{"code":"a","name":"A","unit_price":${price},"quantity":1}]}`;
      const reply = await app.inject({
        method: 'POST',
        url: '/api/orders',
        payload,
        headers: { 'content-type': 'application/json' },
      });
      assert.equal(reply.statusCode, 201, reply.body);
      assert.equal(reply.json().amount_minor, minor, price);
      assert.equal(reply.json().amount, amount, price);
    }
    await close();
  });

  test('stores as JSON numbers what the seed’s programs read', async () => {
    const { app, events, close } = await ordersInMemory();
    await app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder });
    const [stored] = await events();
    assert.ok(stored);
    const data = decode(stored.data);
    assert.ok(typeof data === 'object' && data !== null && 'amount' in data);
    assert.equal(data.amount, 400);
    await close();
  });
});

describe('Idempotency-Key', () => {
  test('gives the same answer to the same request, and says that it is the same', async () => {
    const { app, events, close } = await ordersInMemory();
    const first = await place(app, 'k1');
    const again = await place(app, 'k1');
    assert.equal(again.statusCode, 201);
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.headers['eventstream-position'], 'ORDERS:1');
    assert.deepEqual(again.json(), first.json());
    assert.equal((await events()).length, 1);
    await close();
  });

  test('gives the first answer also after the order has moved on', async () => {
    const { app, close } = await ordersInMemory();
    const first = await place(app, 'k1');
    await app.inject({ method: 'POST', url: `/api/orders/${first.json().order_id}/cancel` });
    const again = await place(app, 'k1');
    assert.deepEqual(again.json(), first.json());
    assert.equal(again.headers['etag'], '"1"');
    await close();
  });

  test('means the request and not its spelling', async () => {
    const { app, events, close } = await ordersInMemory();
    await place(app, 'k1');
    const reply = await place(app, 'k1', {
      currency: 'USD',
      order_items: [{ quantity: 2, unit_price: '200.00', name: 'Veg Meals', code: 'vm' }],
      restaurant_id: 'r-1',
      customer_id: 'c-1',
    });
    assert.equal(reply.statusCode, 201);
    assert.equal((await events()).length, 1);
    await close();
  });

  test('means the same request also after the default currency has become another', async () => {
    const before = await ordersInMemory({ defaultCurrency: 'USD' });
    const price = (unit_price: string) => ({
      ...sampleOrder,
      order_items: [{ ...sampleOrder.order_items[0], unit_price }],
    });
    const placed = [await place(before.app, 'k1', price('200')), await place(before.app, 'k2', price('19.90'))];
    // 19.90 is no price in yen, 200 is another one.
    const after = await ordersInMemory({ defaultCurrency: 'JPY', throughStore: () => before.store });
    const again = [await place(after.app, 'k1', price('200')), await place(after.app, 'k2', price('19.90'))];
    assert.deepEqual(
      again.map((reply) => reply.json()),
      placed.map((reply) => reply.json()),
    );
    assert.equal((await place(after.app, 'k1', price('201'))).json().code, 'idempotency-key-reused');
    assert.equal((await place(after.app, 'k1', { ...price('200'), currency: 'JPY' })).statusCode, 422);
    assert.equal((await place(after.app, 'k3', price('19.90'))).json().code, 'invalid-order');
    assert.equal((await before.events()).length, 2);
    await after.close();
    await before.close();
  });

  test('is refused for another request', async () => {
    const { app, events, close } = await ordersInMemory();
    await place(app, 'k1');
    const reply = await place(app, 'k1', { ...sampleOrder, restaurant_id: 'r-2' });
    assert.equal(reply.statusCode, 422);
    assert.equal(reply.json().code, 'idempotency-key-reused');
    assert.equal(reply.json().errors[0].pointer, '/idempotency-key');
    assert.equal((await events()).length, 1);
    await close();
  });

  test('belongs to the customer', async () => {
    const { app, events, close } = await ordersInMemory();
    await place(app, 'k1');
    const reply = await place(app, 'k1', { ...sampleOrder, customer_id: 'c-2' });
    assert.equal(reply.statusCode, 201);
    assert.equal((await events()).length, 2);
    await close();
  });

  test('makes one order of many concurrent requests', async () => {
    const { app, events, close } = await ordersInMemory();
    const replies = await Promise.all(Array.from({ length: 50 }, () => place(app, 'k1')));
    assert.ok(replies.every((reply) => reply.statusCode === 201));
    assert.equal(new Set(replies.map((reply) => reply.json().order_id)).size, 1);
    assert.equal((await events()).length, 1);
    await close();
  });

  test('is not needed: without it every request is an order', async () => {
    const { app, events, close } = await ordersInMemory();
    await Promise.all(
      Array.from({ length: 20 }, () => app.inject({ method: 'POST', url: '/api/orders', payload: sampleOrder })),
    );
    assert.equal((await events()).length, 20);
    assert.equal((await events()).at(-1)?.position, at(20));
    await close();
  });
});
