import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeOrderEvent, type OrderEvent, orderIdOf, type RecordedEvent } from '@eventstream/contracts';
import type { EventAppender, EventReader } from '@eventstream/event-store';
import { HeardOrders } from '@eventstream/orders';
import { createLogger } from '@eventstream/platform';
import { facts, lifeOf, memoryOrdersStore, record, sampleOrder, storeWithPaidOrder } from '@eventstream/testing/orders';
import { reviewOrder } from './review-order.ts';

const context = {
  attempt: 1,
  logger: createLogger({ service: 'test', level: 'silent' }),
  signal: new AbortController().signal,
};

/** Tells an order's life, delivers its debit to the review, and answers the outcome and what was recorded since. */
async function reviewed(approveUpTo: string, ...told: readonly [OrderEvent, ...OrderEvent[]]) {
  const store = memoryOrdersStore();
  const order = sampleOrder();
  await record(store, order.orderId, order, ...told);
  const debit = (await lifeOf(store, order.orderId)).find((event) => decodeOrderEvent(event).kind === 'paymentDebited');
  assert.ok(debit);
  const handle = reviewOrder({ store, policy: { approveUpTo, rejectedItemCodes: new Set() } });
  const outcome = await handle(debit, context);
  const life = (await lifeOf(store, order.orderId)).slice(1 + told.length).map(decodeOrderEvent);
  const again = await handle(debit, context);
  assert.deepEqual(again, outcome);
  assert.equal((await lifeOf(store, order.orderId)).length, 1 + told.length + life.length, 'nothing is recorded twice');
  return { outcome, life };
}

describe('the review of a paid order', () => {
  test('records the approval of one within the limit, once', async () => {
    const { outcome, life } = await reviewed('400.00', facts.debited);
    assert.deepEqual(outcome, { kind: 'done' });
    assert.deepEqual(life, [{ kind: 'approved', by: 'policy', reason: 'up to 400.00 USD' }]);
  });

  test('asks for a person where the policy may not decide', async () => {
    const { life } = await reviewed('399.99', facts.debited);
    assert.deepEqual(life, [{ kind: 'reviewRequested', rule: 'above 399.99 USD' }]);
  });

  for (const [what, fact] of [
    ['is being cancelled', facts.cancelRequested],
    ['a person has decided', facts.rejected],
    ['is approved', facts.approved],
  ] as const)
    test(`leaves one alone that ${what} meanwhile`, async () => {
      const { outcome, life } = await reviewed('400.00', facts.debited, fact);
      assert.deepEqual([outcome, life], [{ kind: 'done' }, []]);
    });

  test('reads nothing of an order whose creation was heard, and decides the same', async () => {
    const { store, created, debit } = await storeWithPaidOrder();
    const heard = new HeardOrders();
    heard.hear(created);
    const reads = countingReads(store);
    const handle = reviewOrder({ store: reads, policy: approving, heard });
    assert.deepEqual(await handle(debit, context), { kind: 'done' });
    assert.equal(reads.count, 0);
    assert.deepEqual(await factsAfterDebit(store, debit), [
      { kind: 'approved', by: 'policy', reason: 'up to 400.00 USD' },
    ]);
  });

  test('decides on the stored order when that has moved on since its creation was heard', async () => {
    const { store, orderId, created, debit } = await storeWithPaidOrder();
    await record(store, orderId, facts.cancelRequested);
    const heard = new HeardOrders();
    heard.hear(created);
    const handle = reviewOrder({ store, policy: approving, heard });
    assert.deepEqual(await handle(debit, context), { kind: 'done' });
    assert.deepEqual(await factsAfterDebit(store, debit), [facts.cancelRequested]);
  });

  test('makes a dead letter of an event that is no debit', async () => {
    const store = memoryOrdersStore();
    const order = sampleOrder();
    const created = await record(store, order.orderId, order);
    const handle = reviewOrder({ store, policy: { approveUpTo: '1.00', rejectedItemCodes: new Set() } });
    assert.equal((await handle(created, context)).kind, 'deadLetter');
  });
});

const approving = { approveUpTo: '400.00', rejectedItemCodes: new Set<string>() };

async function factsAfterDebit(store: EventReader, debit: RecordedEvent): Promise<readonly OrderEvent[]> {
  const id = orderIdOf(debit.stream);
  assert.ok(id);
  return (await lifeOf(store, id)).slice(debit.revision).map(decodeOrderEvent);
}

/** The store, and how often a stream of it was read. */
function countingReads(store: EventAppender & EventReader) {
  const counting = {
    count: 0,
    append: store.append.bind(store),
    head: store.head.bind(store),
    readLog: store.readLog.bind(store),
    readStream: (...asked: Parameters<EventReader['readStream']>) => {
      counting.count += 1;
      return store.readStream(...asked);
    },
  };
  return counting;
}
