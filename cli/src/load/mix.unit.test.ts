import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, type Mix, orderBody, orderKinds, plainOrders, readMix } from './mix.ts';

function mixOf(text: string): Mix {
  const mix = readMix(text);
  if (typeof mix === 'string') assert.fail(mix);
  return mix;
}

test('shares hold after a hundred orders and after ten thousand', () => {
  const mix = mixOf('test-decline=10,large=2');
  for (const count of [100, 10_000]) {
    const kinds = Array.from({ length: count }, (_, number) => kindOf(number, mix));
    const share = (kind: string) => (kinds.filter((one) => one === kind).length / count) * 100;
    assert(Math.abs(share('test-decline') - 10) <= 1, `${share('test-decline')} of ${count}`);
    assert(Math.abs(share('large') - 2) <= 1, `${share('large')} of ${count}`);
  }
});

test('without a mix every order is plain, and a mix may leave none plain', () => {
  assert.equal(kindOf(7, plainOrders), 'plain');
  const all = mixOf('every=100');
  assert(Array.from({ length: 1000 }, (_, number) => kindOf(number, all)).every((kind) => kind !== 'plain'));
});

test('a mix that makes no sense is a sentence', () => {
  for (const text of [
    '',
    'nobody=5',
    'test-decline',
    'test-decline=0',
    'test-decline=101',
    'large=1=2',
    'large=60,test-decline=50',
  ])
    assert.equal(typeof readMix(text), 'string', text);
});

test('the same order has the same body, so that its key may be sent again', () => {
  for (const kind of orderKinds) assert.equal(orderBody(5, kind), orderBody(5, kind));
  assert.equal(JSON.parse(orderBody(5, 'test-decline')).customer_id, 'test-decline:5');
});
