import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeOrderEvent } from '@eventstream/contracts';
import { type OrdersInMemory, ordersInMemory, payOrder, placeSample } from '../orders-in-memory.fixture.ts';

const cancel = (orders: OrdersInMemory, id: string, headers: Record<string, string> = {}, payload: object = {}) =>
  orders.app.inject({ method: 'POST', url: `/api/orders/${id}/cancel`, headers, payload });
const review = (orders: OrdersInMemory, id: string, decision: string) =>
  orders.app.inject({ method: 'POST', url: `/api/orders/${id}/review`, payload: { decision, reason: 'looked at it' } });

describe('POST /api/orders/{id}/cancel', () => {
  test('begins the undoing and says where it is recorded', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const reply = await cancel(orders, id, {}, { reason: 'changed my mind' });
    assert.equal(reply.statusCode, 200, reply.body);
    assert.equal(reply.json().status, 'Cancelling');
    assert.equal(reply.json().reason, 'customer');
    assert.equal(reply.headers['eventstream-position'], 'ORDERS:2');
    assert.equal(reply.headers['etag'], '"2"');
    await orders.close();
  });

  test('of an operator is recorded as theirs, with who did it; without a word it is the customer’s', async () => {
    const orders = await ordersInMemory();
    for (const [payload, by, actor] of [
      [{ by: 'operator', reason: 'fraud' }, 'operator', 'operator:unnamed'],
      [{ by: 'customer' }, 'customer', 'customer'],
      [{}, 'customer', 'customer'],
    ] as const) {
      const id = await placeSample(orders);
      const reply = await cancel(orders, id, {}, payload);
      assert.equal(reply.json().reason, by, reply.body);
      const last = (await orders.events()).at(-1);
      assert.ok(last);
      assert.equal(last.metadata['actor'], actor);
    }
    assert.equal((await cancel(orders, await placeSample(orders), {}, { by: 'me' })).statusCode, 400);
    await orders.close();
  });

  test('needs no body', async () => {
    const orders = await ordersInMemory();
    const reply = await orders.app.inject({ method: 'POST', url: `/api/orders/${await placeSample(orders)}/cancel` });
    assert.equal(reply.statusCode, 200, reply.body);
    await orders.close();
  });

  test('again is a success that changes nothing, whatever the reason and the revision', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await cancel(orders, id, { 'if-match': '"1"' });
    const again = await cancel(orders, id, { 'if-match': '"1"' }, { reason: 'another' });
    assert.equal(again.statusCode, 200);
    assert.equal(again.headers['eventstream-position'], 'ORDERS:2');
    assert.equal((await orders.events()).length, 2);
    await orders.close();
  });

  test('many at once are one', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => cancel(orders, id, {}, { reason: `r${n}` })),
    );
    assert.deepEqual(new Set(replies.map((reply) => reply.statusCode)), new Set([200]));
    assert.equal((await orders.events()).length, 2);
    await orders.close();
  });

  test('is refused with 412 when the order has changed since it was read', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await payOrder(orders, id);
    const reply = await cancel(orders, id, { 'if-match': '"1"' });
    assert.equal(reply.statusCode, 412);
    assert.equal(reply.json().code, 'revision-mismatch');
    assert.equal((await cancel(orders, id, { 'if-match': '*' })).statusCode, 200);
    await orders.close();
  });

  test('is refused with 412 when the order changes between its reading and the append', async () => {
    let raced = false;
    const orders: OrdersInMemory = await ordersInMemory({
      throughStore: (store) => ({
        append: async (write) => {
          if (!raced && write.streams[0].events[0].type === 'ORDERS.cancelrequested') {
            raced = true;
            await payOrder(orders, write.streams[0].stream.slice('order-'.length));
          }
          return store.append(write);
        },
        readStream: (...given) => store.readStream(...given),
        readLog: (...given) => store.readLog(...given),
        readPositions: (...given) => store.readPositions(...given),
        head: (log) => store.head(log),
        subscribe: (...given) => store.subscribe(...given),
        close: () => store.close(),
      }),
    });
    const id = await placeSample(orders);
    assert.equal((await cancel(orders, id, { 'if-match': '"1"' })).statusCode, 412);
    assert.equal((await orders.events()).length, 2);
    await orders.close();
  });

  test('is refused with 409 after the approval', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await payOrder(orders, id);
    await review(orders, id, 'approve');
    const reply = await cancel(orders, id);
    assert.equal(reply.statusCode, 409);
    assert.equal(reply.json().code, 'order-not-cancellable');
    await orders.close();
  });
});

describe('POST /api/orders/{id}/review', () => {
  test('approves a paid order, and keeps who and why', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await payOrder(orders, id);
    const reply = await review(orders, id, 'approve');
    assert.equal(reply.statusCode, 200, reply.body);
    assert.equal(reply.json().status, 'Approved');
    const last = (await orders.events()).at(-1);
    assert.ok(last);
    assert.deepEqual(decodeOrderEvent(last), { kind: 'approved', by: 'operator:unnamed', reason: 'looked at it' });
    await orders.close();
  });

  test('rejects a paid order, which begins its undoing', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await payOrder(orders, id);
    const reply = await review(orders, id, 'reject');
    assert.equal(reply.json().status, 'Cancelling');
    assert.equal(reply.json().reason, 'review_rejected');
    await orders.close();
  });

  test('again is a success; the opposite is refused', async () => {
    const orders = await ordersInMemory();
    const id = await placeSample(orders);
    await payOrder(orders, id);
    await review(orders, id, 'approve');
    assert.equal((await review(orders, id, 'approve')).statusCode, 200);
    const opposite = await review(orders, id, 'reject');
    assert.equal(opposite.statusCode, 409);
    assert.equal(opposite.json().code, 'order-not-reviewable');
    await orders.close();
  });

  test('is refused before the payment', async () => {
    const orders = await ordersInMemory();
    assert.equal((await review(orders, await placeSample(orders), 'approve')).statusCode, 409);
    await orders.close();
  });

  test('and a cancellation at once: exactly one wins', async () => {
    for (let round = 0; round < 10; round += 1) {
      const orders = await ordersInMemory();
      const id = await placeSample(orders);
      await payOrder(orders, id);
      const replies = await Promise.all([review(orders, id, 'approve'), cancel(orders, id)]);
      assert.deepEqual(
        replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b),
        [200, 409],
      );
      await orders.close();
    }
  });
});
