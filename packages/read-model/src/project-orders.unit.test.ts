/** What the fold refuses, so that no row is wrong unseen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, lifeOf, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
import { projectOrders } from './project-orders.ts';

test('an event that does not follow what is known of its order is set aside, not folded onto it', async () => {
  const store = memoryOrdersStore();
  const order = sampleOrder();
  const third = await record(store, order.orderId, order, facts.debited, facts.approved);
  const [first] = await lifeOf(store, order.orderId);
  assert.ok(first);
  const { changed: known } = projectOrders([first], new Map(), new Set());
  const { changed, poison } = projectOrders([third], known, new Set());
  assert.equal(changed.size, 0);
  assert.deepEqual(
    poison.map(({ event, error }) => [event, error.message]),
    [[third, `revision 3 of ${third.stream} came where 2 was expected`]],
  );
});
