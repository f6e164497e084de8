import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeOrderEvent, type OrderEvent } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { facts, lifeOf, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
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

  test('makes a dead letter of an event that is no debit', async () => {
    const store = memoryOrdersStore();
    const order = sampleOrder();
    const created = await record(store, order.orderId, order);
    const handle = reviewOrder({ store, policy: { approveUpTo: '1.00', rejectedItemCodes: new Set() } });
    assert.equal((await handle(created, context)).kind, 'deadLetter');
  });
});
