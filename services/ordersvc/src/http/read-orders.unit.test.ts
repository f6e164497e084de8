import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OrderEvent, orderId } from '@eventstream/contracts';
import {
  at,
  type OrdersInMemory,
  ordersInMemory,
  payOrder,
  placeSample,
  recordAs,
} from '../orders-in-memory.fixture.ts';

const getAt = (orders: OrdersInMemory, id: string, position: string) =>
  orders.app.inject({ url: `/api/orders/${id}`, headers: { 'eventstream-min-position': position } });

const idsIn = (body: string): string[] => [...body.matchAll(/^id: (\d+)$/gm)].map((match) => match[1] ?? '');

const approved: OrderEvent = { kind: 'approved', by: 'policy', reason: 'small' };

async function approve(orders: OrdersInMemory, id: string): Promise<void> {
  await payOrder(orders, id);
  await recordAs(orders, id, approved);
}

describe('GET /api/orders/{id}', () => {
  test('answers from the read model once it is there, with the revision as ETag', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const reply = await orders.app.inject({ url: `/api/orders/${id}` });
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.json().order_id, id);
    assert.equal(reply.headers['etag'], '"1"');
    assert.equal(reply.headers['eventstream-read-model'], 'current');
    await orders.close();
  });

  test('never says 404 after a 201: what the read model has not seen is folded from the store', async () => {
    const orders = await ordersInMemory();
    orders.queries.upTo = at(0);
    const id = await placeSample(orders);
    const reply = await orders.app.inject({ url: `/api/orders/${id}` });
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.json().status, 'Pending');
    assert.equal(reply.headers['eventstream-read-model'], 'behind');
    await orders.close();
  });

  test('answers an order whose row is parked from the store, and says so', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    orders.queries.parked.add(orderId(id));
    const reply = await orders.app.inject({ url: `/api/orders/${id}` });
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers['eventstream-read-model'], 'parked');
    await orders.close();
  });

  test('sends nothing again that the client knows', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const get = (tag: string) => orders.app.inject({ url: `/api/orders/${id}`, headers: { 'if-none-match': tag } });
    const known = await get('"1"');
    assert.equal(known.statusCode, 304);
    assert.equal(known.body, '');
    assert.equal(known.headers['etag'], '"1"');
    assert.equal((await get('W/"9", "1"')).statusCode, 304);
    assert.equal((await get('"2"')).statusCode, 200);
    await orders.close();
  });

  test('takes an id in capital letters for the same order', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    assert.equal((await orders.app.inject({ url: `/api/orders/${id.toUpperCase()}` })).statusCode, 200);
    await orders.close();
  });
});

describe('Eventstream-Min-Position', () => {
  test('is answered at once when the read model is there', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    assert.equal((await getAt(orders, id, 'ORDERS:1')).statusCode, 200);
    await orders.close();
  });

  test('waits until the read model gets there', async () => {
    const orders = await ordersInMemory();
    orders.queries.upTo = at(0);
    const id = await placeSample(orders);
    const reply = getAt(orders, id, 'ORDERS:1');
    await new Promise((resolve) => setImmediate(resolve));
    orders.queries.upTo = at(1);
    assert.equal((await reply).statusCode, 200);
    assert.equal((await reply).headers['eventstream-read-model'], 'current');
    await orders.close();
  });

  test('is a mistake when the log has not got there', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const reply = await getAt(orders, id, 'ORDERS:2');
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.json().code, 'position-unknown');
    assert.equal(reply.json().errors[0].pointer, '/eventstream-min-position');
    await orders.close();
  });

  test('asks to come back when the read model does not get there in time', async () => {
    const orders = await ordersInMemory({ freshWithinMs: 50 });
    orders.queries.upTo = at(0);
    const id = await placeSample(orders);
    const reply = await getAt(orders, id, 'ORDERS:1');
    assert.equal(reply.statusCode, 503);
    assert.equal(reply.json().code, 'read-model-behind');
    assert.equal(reply.headers['retry-after'], '1');
    await orders.close();
  });
});

describe('GET /api/orders', () => {
  test('pages through a customer’s orders, newest first', async () => {
    const orders = await ordersInMemory();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await placeSample(orders));
    await placeSample(orders, { customer_id: 'c-2' });
    const page = async (query: Record<string, string>) => {
      const reply = await orders.app.inject({
        url: '/api/orders',
        query: { customer_id: 'c-1', limit: '2', ...query },
      });
      assert.equal(reply.statusCode, 200, reply.body);
      return reply.json();
    };
    const first = await page({});
    const second = await page({ cursor: first.next_cursor });
    const third = await page({ cursor: second.next_cursor });
    assert.equal(third.next_cursor, null);
    const seen = [first, second, third].flatMap((one) =>
      one.orders.map((order: { order_id: string }) => order.order_id),
    );
    assert.deepEqual(seen, ids);
    await orders.close();
  });

  test('filters by status', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await placeSample(orders);
    await orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel` });
    const reply = await orders.app.inject({ url: '/api/orders?status=Cancelling' });
    assert.deepEqual(
      reply.json().orders.map((order: { order_id: string }) => order.order_id),
      [id],
    );
    assert.equal(reply.json().orders[0].reason, 'customer');
    await orders.close();
  });
});

describe('GET /api/orders/{id}/events', () => {
  test('answers what is recorded, oldest first', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel`, payload: { reason: 'late' } });
    const reply = await orders.app.inject({ url: `/api/orders/${id}/events` });
    assert.equal(reply.statusCode, 200);
    const { events } = reply.json();
    assert.deepEqual(
      events.map((event: { type: string; revision: number; position: string }) => [
        event.type,
        event.revision,
        event.position,
      ]),
      [
        ['ORDERS.created', 1, 'ORDERS:1'],
        ['ORDERS.cancelrequested', 2, 'ORDERS:2'],
      ],
    );
    assert.equal(events[1].data.reason, 'late');
    assert.equal(events[0].metadata['schema-version'], '1');
    await orders.close();
  });
});

describe('GET /api/orders/{id}/stream', () => {
  test('tells an order’s life and ends with it', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const reply = orders.app.inject({ url: `/api/orders/${id}/stream` });
    await approve(orders, id);
    const { statusCode, headers, body } = await reply;
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'text/event-stream');
    assert.deepEqual(idsIn(body), ['1', '2', '3']);
    assert.match(body, /^event: ORDERS\.approved$/m);
    const last = JSON.parse(body.trimEnd().split('\ndata: ').at(-1) ?? '');
    assert.equal(last.status, 'Approved');
    assert.equal(last.data.by, 'policy');
    await orders.close();
  });

  test('goes on after the last event that was seen', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await approve(orders, id);
    const reply = await orders.app.inject({ url: `/api/orders/${id}/stream`, headers: { 'last-event-id': '2' } });
    assert.deepEqual(idsIn(reply.body), ['3']);
    await orders.close();
  });

  test('says 204 to a client that has seen the end, so that it stops asking', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await approve(orders, id);
    const reply = await orders.app.inject({ url: `/api/orders/${id}/stream`, headers: { 'last-event-id': '3' } });
    assert.equal(reply.statusCode, 204);
    await orders.close();
  });

  test('is held open for so many clients and no more, beats while nothing happens, and ends when the server stops', async () => {
    const orders = await ordersInMemory({ streamsMax: 1, heartbeatMs: 5 });
    const id = await placeSample(orders);
    const origin = await orders.app.listen({ host: '127.0.0.1', port: 0 });
    const held = await fetch(`${origin}/api/orders/${id}/stream`);
    const second = await fetch(`${origin}/api/orders/${id}/stream`);
    assert.equal(second.status, 503);
    assert.equal(second.headers.get('retry-after'), '5');
    await second.body?.cancel();
    assert.ok(held.body);
    let text = '';
    for await (const chunk of held.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (/:\n\n:\n\n/.test(text)) void orders.app.close(); // the stream ends because of this, and the loop with it
    }
    assert.deepEqual(idsIn(text), ['1']);
    await orders.close();
  });
});
