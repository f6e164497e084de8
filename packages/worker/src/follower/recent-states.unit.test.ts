import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  ordersLog,
  position,
  type RecordedEvent,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { RecentStates } from './recent-states.ts';

const event = (stream: StreamName, at: number): RecordedEvent => ({
  id: eventId(newId()),
  log: ordersLog,
  position: position(at),
  stream,
  revision: revision(at),
  type: eventType('ORDERS.created'),
  data: Buffer.from('{}'),
  metadata: {},
  recordedAtMs: 0,
});
const [one, two, three] = ['order-1', 'order-2', 'order-3'].map((name) => streamName(name));
assert(one && two && three);
const states = () => new RecentStates<StreamName, string>((stream) => (stream === three ? undefined : stream));

describe('states of recent streams', () => {
  test('tell what is known before a page, and what has to be read', () => {
    const recent = states();
    recent.remember(one, 'paid');
    const { known, unknown } = recent.split([event(one, 2), event(one, 3), event(two, 2)]);
    assert.deepEqual([...known], [[one, 'paid']]);
    assert.deepEqual(unknown, [two]);
  });

  test('need no read for a stream that begins, nor for one without a key', () => {
    const { known, unknown } = states().split([event(one, 1), event(one, 2), event(three, 2)]);
    assert.deepEqual([known.size, unknown], [0, []]);
  });

  test('forget one stream when nothing follows, and all when another may have written', () => {
    const recent = states();
    recent.remember(one, 'paid');
    recent.remember(two, 'paid');
    recent.remember(one, undefined);
    assert.deepEqual(recent.split([event(one, 2), event(two, 2)]).unknown, [one]);
    recent.forget();
    assert.deepEqual(recent.split([event(one, 2), event(two, 2)]).unknown, [one, two]);
  });

  test('are bounded: those that changed longest ago go first', () => {
    const recent = states();
    const streams = Array.from({ length: 20_001 }, (_, number) => streamName(`order-many-${number}`));
    for (const stream of streams.slice(0, 20_000)) recent.remember(stream, 'paid');
    const [first, second] = streams;
    const last = streams.at(-1);
    assert(first && second && last);
    recent.remember(first, 'reviewed');
    recent.remember(last, 'paid');
    assert.deepEqual(recent.split([event(first, 2), event(second, 2), event(last, 2)]).unknown, [second]);
  });
});
