import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgumentError } from 'commander';
import {
  durationArgument,
  eventTypesArgument,
  oneOf,
  orderIdArgument,
  positionArgument,
  waitArgument,
  wholeNumber,
} from './arguments.ts';

const refused = InvalidArgumentError;

test('a whole number keeps within its bounds', () => {
  const read = wholeNumber(1, 100);
  assert.equal(read('100'), 100);
  for (const text of ['0', '101', '-1', '1.5', '1e1', '', 'ten']) assert.throws(() => read(text), refused, text);
});

test('a position is a number or a token of the log', () => {
  assert.equal(positionArgument('12'), 12);
  assert.equal(positionArgument('ORDERS:12'), 12);
  for (const text of ['OTHER:12', 'x', '-1', '']) assert.throws(() => positionArgument(text), refused, text);
});

test('an event type may be given without its log, and several times', () => {
  assert.deepEqual(eventTypesArgument('ORDERS.approved', eventTypesArgument('created')), [
    'ORDERS.created',
    'ORDERS.approved',
  ]);
  assert.deepEqual(eventTypesArgument('paymentDebited'), ['ORDERS.paymentdebited']);
  assert.deepEqual(eventTypesArgument('ORDERS.giftwrapped'), ['ORDERS.giftwrapped'], 'it may lie in the log');
  assert.throws(() => eventTypesArgument('aproved'), /one of created, .*approved/, 'it would find nothing, for ever');
  for (const text of ['$JS.API', 'Not A Type', '']) assert.throws(() => eventTypesArgument(text), refused, text);
});

test('an order is named by its uuid, in either case', () => {
  assert.equal(orderIdArgument('0198C0DE-0000-7000-8000-000000000001'), '0198c0de-0000-7000-8000-000000000001');
  assert.throws(() => orderIdArgument('order-1'), refused);
});

test('a duration has a unit', () => {
  assert.equal(durationArgument('90s'), 90_000);
  assert.throws(() => durationArgument('90'), refused);
  assert.equal(waitArgument('90'), 90_000);
  assert.equal(waitArgument('1m'), 60_000);
  assert.throws(() => waitArgument('soon'), refused);
});

test('a wait that Node would end at once, and a duration beyond all time, are refused', () => {
  assert.equal(waitArgument('24d'), 24 * 86_400_000);
  assert.throws(() => waitArgument('25d'), refused);
  assert.throws(() => waitArgument('9999999999'), refused);
  assert.equal(durationArgument('3650d'), 3650 * 86_400_000);
  assert.throws(() => durationArgument('99999999d'), refused);
});

test('one of a few words is found in any case', () => {
  assert.equal(oneOf(['InReview', 'Approved'])('inreview'), 'InReview');
  assert.throws(() => oneOf(['InReview'])('Other'), refused);
});
