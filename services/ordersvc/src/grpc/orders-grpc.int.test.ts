import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OrderService } from '@eventstream/contracts/orders';
import {
  type GrpcClient,
  type GrpcServer,
  GrpcStatusError,
  grpcClient,
  startGrpcServer,
  status,
} from '@eventstream/platform/grpc';
import { at, type OrdersInMemory, ordersInMemory, payOrder, quietLogger } from '../orders-in-memory.fixture.ts';
import { orderHandlers } from './handlers.ts';

const item = { code: 'vm', name: 'Veg Meals', unitPrice: '200', quantity: 2 };
const sample = { customerId: 'c-1', restaurantId: 'r-1', orderItems: [item] };

const failure = async (call: Promise<unknown>): Promise<GrpcStatusError> => {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof GrpcStatusError, String(error));
    return error;
  }
  return assert.fail('the call was answered');
};

describe('orders over gRPC', () => {
  let orders: OrdersInMemory;
  let server: GrpcServer;
  let client: GrpcClient<typeof OrderService>;
  before(async () => {
    orders = await ordersInMemory();
    server = await startGrpcServer({
      address: '127.0.0.1',
      port: 0,
      implementations: [orderHandlers(orders.endpoints, quietLogger)],
      logger: quietLogger,
    });
    client = grpcClient(OrderService, `127.0.0.1:${server.port}`);
  });
  after(async () => {
    client.close();
    await server.stop();
    await orders.close();
  });

  test('an order is placed and found, and HTTP finds the same', async () => {
    const placed = await client.calls.createOrder(sample);
    assert.equal(placed.order?.status, 'Pending');
    assert.equal(placed.order.amount, '400.00');
    assert.equal(placed.replayed, false);
    const id = placed.order.orderId;
    const found = await client.calls.getOrder({ orderId: id, minPosition: placed.position });
    assert.deepEqual(found.order, placed.order);
    const overHttp = await orders.app.inject({ url: `/api/orders/${id}` });
    assert.equal(overHttp.json().amount_minor, '40000');
    assert.equal(BigInt(overHttp.json().revision), found.order?.revision);
  });

  test('a key is one key for both transports', async () => {
    const placed = await client.calls.createOrder({ ...sample, idempotencyKey: 'both' });
    const again = await orders.app.inject({
      method: 'POST',
      url: '/api/orders',
      headers: { 'idempotency-key': 'both' },
      payload: {
        customer_id: 'c-1',
        restaurant_id: 'r-1',
        order_items: [{ code: 'vm', name: 'Veg Meals', unit_price: 200, quantity: 2 }],
      },
    });
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.json().order_id, placed.order?.orderId);
    assert.equal((await client.calls.createOrder({ ...sample, idempotencyKey: 'both' })).replayed, true);
    const reused = await failure(client.calls.createOrder({ ...sample, restaurantId: 'r-2', idempotencyKey: 'both' }));
    assert.equal(reused.status, status.INVALID_ARGUMENT);
    assert.equal(reused.code, 'idempotency-key-reused');
  });

  test('orders are listed in pages', async () => {
    for (let n = 0; n < 3; n += 1) await client.calls.createOrder({ ...sample, customerId: 'lister' });
    const first = await client.calls.listOrders({ customerId: 'lister', limit: 2 });
    const rest = await client.calls.listOrders({ customerId: 'lister', limit: 2, cursor: first.nextCursor });
    assert.deepEqual([first.orders.length, rest.orders.length, rest.nextCursor], [2, 1, '']);
  });

  test('an order is cancelled at its revision, and reviewed after its payment', async () => {
    const { order } = await client.calls.createOrder(sample);
    assert.ok(order);
    const changed = await failure(client.calls.cancelOrder({ orderId: order.orderId, ifRevision: 7n }));
    assert.equal(changed.status, status.ABORTED);
    assert.equal(changed.code, 'revision-mismatch');
    const cancelled = await client.calls.cancelOrder({ orderId: order.orderId, ifRevision: 1n, reason: 'late' });
    assert.equal(cancelled.order?.status, 'Cancelling');
    assert.equal(cancelled.order.reason, 'customer');

    const other = await client.calls.createOrder(sample);
    const id = other.order?.orderId ?? '';
    const third = await client.calls.createOrder(sample);
    const byOperator = await client.calls.cancelOrder({ orderId: third.order?.orderId ?? '', by: 'operator' });
    assert.equal(byOperator.order?.reason, 'operator');
    const tooEarly = await failure(client.calls.reviewOrder({ orderId: id, decision: 'approve', reason: 'r' }));
    assert.equal(tooEarly.status, status.FAILED_PRECONDITION);
    await payOrder(orders, id);
    assert.equal(
      (await client.calls.reviewOrder({ orderId: id, decision: 'approve', reason: 'r' })).order?.status,
      'Approved',
    );
  });

  const badCalls: readonly (readonly [name: string, call: () => Promise<unknown>, code: string, pointer: string])[] = [
    ['an empty message', () => client.calls.createOrder({}), 'invalid-request', '/customer_id'],
    ['no items', () => client.calls.createOrder({ ...sample, orderItems: [] }), 'invalid-request', '/order_items'],
    [
      'a quantity of zero',
      () => client.calls.createOrder({ ...sample, orderItems: [{ ...item, quantity: 0 }] }),
      'invalid-request',
      '/order_items/0/quantity',
    ],
    [
      'no price',
      () => client.calls.createOrder({ ...sample, orderItems: [{ ...item, unitPrice: '' }] }),
      'invalid-request',
      '/order_items/0/unit_price',
    ],
    [
      'a price with an exponent',
      () => client.calls.createOrder({ ...sample, orderItems: [{ ...item, unitPrice: '1e2' }] }),
      'invalid-order',
      '/order_items/0/unit_price',
    ],
    [
      'an unknown currency',
      () => client.calls.createOrder({ ...sample, currency: 'XXQ' }),
      'invalid-order',
      '/currency',
    ],
    [
      'a key that is too long',
      () => client.calls.createOrder({ ...sample, idempotencyKey: 'k'.repeat(256) }),
      'invalid-request',
      '/idempotency_key',
    ],
    ['an id that is no uuid', () => client.calls.getOrder({ orderId: '1' }), 'invalid-request', '/order_id'],
    [
      'a position that is none',
      () => client.calls.getOrder({ orderId: crypto.randomUUID(), minPosition: 'x' }),
      'invalid-request',
      '/min_position',
    ],
    ['a page too large', () => client.calls.listOrders({ limit: 101 }), 'invalid-request', '/limit'],
    ['an unknown status', () => client.calls.listOrders({ status: 'Lost' }), 'invalid-request', '/status'],
    [
      'a decision that is none',
      () => client.calls.reviewOrder({ orderId: crypto.randomUUID(), decision: '', reason: 'r' }),
      'invalid-request',
      '/decision',
    ],
  ];
  for (const [name, call, code, pointer] of badCalls)
    test(`${name} is refused by name and stores nothing`, async () => {
      const stored = (await orders.events()).length;
      const error = await failure(call());
      assert.equal(error.status, status.INVALID_ARGUMENT);
      assert.equal(error.code, code);
      const [fault] = Array.isArray(error.details['errors']) ? error.details['errors'] : [];
      assert.equal(fault?.pointer, pointer);
      assert.doesNotMatch(error.message, /pattern/, 'what fits is said in words');
      assert.equal((await orders.events()).length, stored);
    });

  test('an order nobody placed is NOT_FOUND', async () => {
    const error = await failure(client.calls.getOrder({ orderId: crypto.randomUUID() }));
    assert.equal(error.status, status.NOT_FOUND);
    assert.equal(error.code, 'order-not-found');
  });

  test('a read model that stays behind is UNAVAILABLE, with when to come back', async () => {
    const { position } = await client.calls.createOrder(sample);
    orders.queries.upTo = at(0);
    const impatient = client.calls.getOrder({ orderId: crypto.randomUUID(), minPosition: position });
    const error = await failure(impatient);
    orders.queries.upTo = undefined;
    assert.equal(error.status, status.UNAVAILABLE);
    assert.equal(error.details['retryAfterSeconds'], 1);
  });
});
