import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  eventId,
  eventType,
  incarnation,
  noRevision,
  orderEventTypes,
  orderId,
  orderStream,
  ordersLog,
  position,
} from '@eventstream/contracts';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { newId, systemClock } from '@eventstream/platform';
import { type EventsOptions, selectEvents } from './events.ts';

const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
const store = memoryEventStore({ registry, clock: systemClock, newIncarnation: () => incarnation(newId()) });
const orders = Array.from({ length: 1_200 }, () => orderId(newId()));

const append = (id: string, type: string, expected: number) =>
  store.append({
    log: ordersLog,
    streams: [
      {
        stream: orderStream(orderId(id)),
        expected: expected === 0 ? noRevision : 'any',
        events: [{ id: eventId(newId()), type: eventType(type), data: Buffer.from('{}'), metadata: {} }],
      },
    ],
  });

/** Each order is created, at positions 1 to 1,200; every hundredth is then approved, at 1,201 to 1,212. */
before(async () => {
  for (const id of orders) await append(id, orderEventTypes.created, 0);
  for (const [index, id] of orders.entries()) if (index % 100 === 0) await append(id, orderEventTypes.approved, 1);
});

async function positionsOf(options: Partial<EventsOptions>): Promise<number[]> {
  const found: number[] = [];
  const signal = AbortSignal.timeout(5_000);
  for await (const event of selectEvents(store, { dataDir: '', ...options }, signal)) found.push(event.position);
  return found;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => (from < to ? from + index : from - index));

describe('reading events', () => {
  test('begins with the first hundred', async () => assert.deepEqual(await positionsOf({}), range(1, 100)));
  test('goes on after a position, over many pages', async () =>
    assert.deepEqual(await positionsOf({ after: position(50), limit: 1_100 }), range(51, 1_150)));
  test('goes backwards from the end', async () =>
    assert.deepEqual(await positionsOf({ backwards: true, limit: 1_150 }), range(1_212, 63)));
  test('chooses types, in both directions', async () => {
    const type = [orderEventTypes.approved];
    assert.deepEqual(await positionsOf({ type }), range(1_201, 1_212));
    assert.deepEqual(await positionsOf({ type, backwards: true, limit: 3 }), [1_212, 1_211, 1_210]);
    assert.deepEqual(await positionsOf({ type: [orderEventTypes.created], backwards: true, limit: 2 }), [1_200, 1_199]);
  });
  test('chooses one order, in both directions', async () => {
    const order = orders[100];
    assert(order);
    assert.deepEqual(await positionsOf({ order }), [101, 1_202]);
    assert.deepEqual(await positionsOf({ stream: orderStream(order), backwards: true }), [1_202, 101]);
    assert.deepEqual(await positionsOf({ order, after: position(101) }), [1_202]);
    assert.deepEqual(await positionsOf({ order, type: [orderEventTypes.created] }), [101]);
  });
  test('follows from the last ten on, and from a position on', async () => {
    assert.deepEqual(await positionsOf({ follow: true, limit: 10 }), range(1_203, 1_212));
    assert.deepEqual(await positionsOf({ follow: true, after: position(1_210), limit: 2 }), [1_211, 1_212]);
  });
  test('stops following when it is told to', async () => {
    const stopping = new AbortController();
    const seen: number[] = [];
    for await (const event of selectEvents(store, { dataDir: '', follow: true }, stopping.signal)) {
      seen.push(event.position);
      if (seen.length === 10) stopping.abort();
    }
    assert.equal(seen.length, 10);
  });
});
