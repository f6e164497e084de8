import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  incarnation,
  isNonEmpty,
  isUuid,
  logName,
  MalformedValue,
  nextPosition,
  nextRevision,
  noRevision,
  nowhere,
  orderId,
  position,
  revision,
  streamName,
} from './brands.ts';
import { orderIdOf, orderStream } from './order-events.ts';

const uuid = '0198c0de-0000-7000-8000-00000000abcd';

function refuses(parse: (value: unknown) => unknown, ...values: readonly unknown[]): void {
  for (const value of values) assert.throws(() => parse(value), MalformedValue, `${String(value)} is refused`);
}

describe('an id', () => {
  test('is a uuid, and the same in either case', () => {
    for (const parse of [eventId, orderId, incarnation]) {
      assert.equal(parse(uuid.toUpperCase()), uuid);
      refuses(
        parse,
        '',
        'x',
        `${uuid} `,
        `{${uuid}}`,
        `urn:uuid:${uuid}`,
        uuid.replaceAll('-', ''),
        7,
        undefined,
        null,
      );
    }
    assert(isUuid(uuid.toUpperCase()) && !isUuid('x') && !isUuid(7));
  });
});

describe('a name', () => {
  test('of a log has capital letters', () => {
    assert.equal(logName('ORDERS'), 'ORDERS');
    refuses(logName, '', 'orders', '1ORDERS', '$JS', 'A'.repeat(33), 'A B', 'A.B', 'A\n');
  });
  test('of a stream is a category and an id', () => {
    assert.equal(streamName(`order-${uuid}`), `order-${uuid}`);
    refuses(streamName, '', 'order', 'order-', 'Order-1', '-1', 'order-a b', 'order-a/b', `order-${'x'.repeat(101)}`);
  });
  test('of an event type can never address the broker’s own API', () => {
    assert.equal(eventType('ORDERS.created'), 'ORDERS.created');
    refuses(
      eventType,
      '$JS.API.STREAM.DELETE.ORDERS',
      'ORDERS',
      'ORDERS.',
      'ORDERS.*',
      'ORDERS.>',
      'ORDERS.a.b',
      'a.b',
    );
  });
  test('that is refused is shown, cut short', () => {
    assert.throws(
      () => logName('x'.repeat(1_000)),
      (error: Error) => error.message.length < 300 && /capital letters/.test(error.message),
    );
  });
});

describe('a place', () => {
  test('is a whole number from 0, also as the bigint that a database gives', () => {
    for (const parse of [position, revision]) {
      assert.equal(parse(0), 0);
      assert.equal(parse(7n), 7);
      assert.equal(parse(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
      refuses(parse, -1, 0.5, 2n ** 53n, Number.NaN, '7', undefined, -1n);
    }
  });
  test('begins at 1: 0 is nothing yet', () => {
    assert.equal(nextPosition(nowhere), 1);
    assert.equal(nextRevision(noRevision), 1);
    refuses((at) => nextPosition(position(at)), Number.MAX_SAFE_INTEGER);
  });
});

describe('an order and its stream', () => {
  test('name each other', () => assert.equal(orderIdOf(orderStream(orderId(uuid))), uuid));
  test('are one to one: its id in capitals names a stream of nobody', () =>
    assert.equal(orderIdOf(streamName(`order-${uuid.toUpperCase()}`)), undefined));
  test('of something else name no order', () => {
    assert.equal(orderIdOf(streamName(`basket-${uuid}`)), undefined);
    assert.equal(orderIdOf(streamName('order-7')), undefined);
  });
});

test('a list is empty or has a first member', () => {
  assert.equal(isNonEmpty([]), false);
  assert.equal(isNonEmpty([undefined]), true);
});
