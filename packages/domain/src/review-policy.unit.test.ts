import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currencyOf, sampleOrder, usd } from '@eventstream/testing/orders';
import { review } from './review-policy.ts';

const policy = { approveUpTo: '400.00', rejectedItemCodes: new Set(['fugu']) };
const fugu = { code: 'fugu', name: 'Fugu', unitPriceMinor: 100n, quantity: 1 };

test('an order up to and including the limit is approved', () => {
  for (const minor of [1n, 40_000n])
    assert.deepEqual(review(sampleOrder({ amount: usd(minor) }), policy), {
      kind: 'approve',
      rule: 'up to 400.00 USD',
    });
});

test('an order above the limit is for a person', () => {
  const verdict = review(sampleOrder({ amount: usd(40_001n) }), policy);
  assert.deepEqual(verdict, { kind: 'person', rule: 'above 400.00 USD' });
});

test('an order with a forbidden item is rejected, whatever it costs', () => {
  for (const minor of [100n, 1_000_000n]) {
    const order = sampleOrder({ amount: usd(minor), items: [...sampleOrder().items, fugu] });
    assert.deepEqual(review(order, policy), { kind: 'reject', rule: 'item code fugu is not allowed' });
  }
});

test('an order in a currency in which the limit is no amount is for a person', () => {
  const order = sampleOrder({ amount: { minor: 1n, currency: currencyOf('JPY') } });
  const verdict = review(order, { ...policy, approveUpTo: '0.50' });
  assert.deepEqual(verdict, { kind: 'person', rule: 'the limit 0.50 is not an amount of JPY' });
});
