import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  ordersLog,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { eventLines } from './show-event.ts';

const stream = 'order-0198c0de-0000-7000-8000-000000000001';
const event: RecordedEvent = {
  id: eventId('0198c0de-0000-7000-8000-000000000002'),
  log: ordersLog,
  position: position(7),
  stream: streamName(stream),
  revision: revision(1),
  type: eventType('ORDERS.created'),
  recordedAtMs: 0,
  data: Buffer.from(`{"text":"${'long '.repeat(50)}"}`),
  metadata: {},
};

describe('an event', () => {
  test('is one line where nobody is at a terminal', () =>
    assert.match(
      eventLines(event),
      new RegExp(`^ {5}7 {2}1970-01-01T00:00:00.000Z {2}ORDERS\\.created {15}${stream} 1 {2}\\{"text".*…$`),
    ));

  test('is two lines in a narrow terminal, with its stream whole', () => {
    const lines = eventLines(event, 80).split('\n');
    assert.equal(lines[0], '     7  1970-01-01T00:00:00.000Z  ORDERS.created');
    assert.match(lines[1] ?? '', new RegExp(`^ {8}${stream} 1 {2}\\{"text".*…$`));
    assert.equal(lines[1]?.length, 80);
  });

  test('is one line in a wide terminal, cut at its edge', () => assert.equal(eventLines(event, 150).length, 150));

  test('moves no cursor and colours nothing, whatever its data are', () =>
    assert.match(eventLines({ ...event, data: Buffer.from('\x1b[31m') }), /�\[31m$/));
});
