import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { logName } from '@eventstream/contracts';
import { newIncarnation, recordedEvents } from '@eventstream/testing/contracts';
import { Feed } from './feed.ts';

const log = logName('ORDERS');
const life = newIncarnation();
const events = recordedEvents(log, { count: 30 });
const roomy = { eventsMax: 1_000, bytesMax: 1_000_000 };
const at = (taken: readonly { position: number }[]) => taken.map(({ position }) => position);

describe('a feed', () => {
  test('gives what it was offered, in order, from any position it has', () => {
    const feed = new Feed(roomy);
    feed.offer(events.slice(0, 5), life);
    feed.offer(events.slice(5, 10), life);
    assert.deepEqual(at(feed.take(1, 3, life)), [1, 2, 3]);
    assert.deepEqual(at(feed.take(6, 100, life)), [6, 7, 8, 9, 10]);
    assert.deepEqual(at(feed.take(11, 100, life)), []);
  });

  test('gives nothing when it begins later than asked, or belongs to another life', () => {
    const feed = new Feed(roomy);
    feed.offer(events.slice(10, 12), life);
    assert.deepEqual(feed.take(1, 10, life), []);
    assert.deepEqual(feed.take(11, 10, newIncarnation()), []);
    assert.deepEqual(at(feed.take(11, 10, life)), [11, 12]);
  });

  test('drops what does not continue it, and what it has already', () => {
    const feed = new Feed(roomy);
    feed.offer(events.slice(0, 3), life);
    feed.offer(events.slice(5, 8), life);
    feed.offer(events.slice(1, 4), life);
    assert.deepEqual(at(feed.take(1, 10, life)), [1, 2, 3, 4]);
  });

  test('starts over in another life of the log', () => {
    const feed = new Feed(roomy);
    feed.offer(events.slice(0, 3), life);
    const other = newIncarnation();
    feed.offer(events.slice(20, 22), other);
    assert.deepEqual(at(feed.take(21, 10, other)), [21, 22]);
  });

  test('never holds more than its limits', () => {
    const few = new Feed({ eventsMax: 4, bytesMax: 1_000_000 });
    few.offer(events, life);
    assert.equal(few.size, 4);
    const eventBytes = events[0].data.length;
    const light = new Feed({ eventsMax: 1_000, bytesMax: eventBytes * 2 });
    light.offer(events, life);
    assert.equal(light.size, 2);
    assert.deepEqual(at(light.take(1, 1, life)), [1]);
    light.offer(events.slice(2), life);
    assert.deepEqual(at(light.take(2, 10, life)), [2, 3]);
  });
});
