import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, metadataKeys, orderStream, type RecordedEvent, revision } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { sampleOrder, storeWithPaidOrder } from '@eventstream/testing/orders';
import { HeardOrders } from './heard-orders.ts';
import { loadOrder } from './load-order.ts';

/** A paid order's two events, and the order as it is stored. */
async function paidOrder() {
  const { store, orderId, created, debit: debited } = await storeWithPaidOrder();
  return { created, debited, stored: await loadOrder(store, orderId) };
}

describe('orders that were heard of', () => {
  test('are what the store would have answered', async () => {
    const { created, debited, stored } = await paidOrder();
    const heard = new HeardOrders();
    heard.hear(created);
    assert.deepEqual(heard.takeWith(debited), stored);
  });

  test('are answered once: whoever asks again has seen something else meanwhile', async () => {
    const { created, debited } = await paidOrder();
    const heard = new HeardOrders();
    heard.hear(created);
    heard.takeWith(debited);
    assert.equal(heard.takeWith(debited), undefined);
  });

  const strange: readonly (readonly [string, (debited: RecordedEvent) => RecordedEvent])[] = [
    ['something lies between', (debited) => ({ ...debited, revision: revision(3) })],
    ['the event has another cause', (debited) => ({ ...debited, metadata: { [metadataKeys.causationId]: newId() } })],
    ['the event does not say its cause', (debited) => ({ ...debited, metadata: {} })],
  ];
  for (const [what, change] of strange)
    test(`are left to the store when ${what}`, async () => {
      const { created, debited } = await paidOrder();
      const heard = new HeardOrders();
      heard.hear(created);
      assert.equal(heard.takeWith(change(debited)), undefined);
    });

  test('are not there when nothing was heard, or nothing that can be read', async () => {
    const { created, debited } = await paidOrder();
    const heard = new HeardOrders();
    assert.equal(heard.takeWith(debited), undefined);
    heard.hear({ ...created, data: new TextEncoder().encode('{}') });
    assert.equal(heard.takeWith(debited), undefined);
  });

  test('are forgotten when four thousand others have come', async () => {
    const first = await paidOrder();
    const second = await paidOrder();
    const heard = new HeardOrders();
    heard.hear(first.created);
    heard.hear(second.created);
    for (let count = 1; count < 4_000; count += 1) heard.hear(anotherCreation(first.created));
    assert.equal(heard.takeWith(first.debited), undefined);
    assert.ok(heard.takeWith(second.debited) !== undefined);
  });
});

function anotherCreation(created: RecordedEvent): RecordedEvent {
  return { ...created, id: eventId(newId()), stream: orderStream(sampleOrder().orderId) };
}
