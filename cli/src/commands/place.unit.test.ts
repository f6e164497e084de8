import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError } from '@eventstream/platform';
import { InvalidArgumentError } from 'commander';
import { keepKey, LostAnswer, readItem } from './place.ts';

describe('a failure', () => {
  test('that leaves open whether the order was placed shows the key that finds out', () => {
    for (const details of [{}, { status: 503 }]) {
      const kept = keepKey(new CodedError('lost', 'no answer', { details, nextStep: 'See.' }), 'my key');
      assert.ok(kept instanceof LostAnswer);
      assert.deepEqual([kept.code, kept.message, kept.details['key']], ['lost', 'no answer', 'my key']);
      assert.match(kept.nextStep ?? '', /^See\.\n.*--key "my key"/);
    }
  });
  test('that says that nothing was placed stays as it is', () => {
    for (const error of [new CodedError('no', 'refused', { details: { status: 422 } }), new TypeError('a bug')])
      assert.equal(keepKey(error, 'k'), error);
  });
});

describe('an item', () => {
  test('is code, name, price and quantity', () =>
    assert.deepEqual(readItem('pizza:Pizza Margherita:9.50:2'), [
      { code: 'pizza', name: 'Pizza Margherita', unit_price: '9.50', quantity: 2 },
    ]));
  test('may have a name with colons in it', () =>
    assert.equal(readItem('p:Pizza: the great: one:9:1')[0]?.name, 'Pizza: the great: one'));
  test('is added to those before it', () =>
    assert.deepEqual(
      readItem('b:B:1:1', readItem('a:A:1:1')).map(({ code }) => code),
      ['a', 'b'],
    ));
  for (const text of ['', 'pizza', 'p:P:1', ':P:1:1', 'p::1:1', 'p:P::1', 'p:P:1:', 'p:P:1:1.5', 'p:P:1:-1'])
    test(`is refused as ${JSON.stringify(text)}`, () => assert.throws(() => readItem(text), InvalidArgumentError));
});
