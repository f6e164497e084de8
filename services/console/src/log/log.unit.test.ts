import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EventType, eventId, orderEventTypes, orderStream, ordersLog, position } from '@eventstream/contracts';
import type { EventReader, EventStore } from '@eventstream/event-store';
import { createLogger, newId } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { facts, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
import type { LogPage } from '../api/log.ts';
import { browseLog, browseStream, type PageWish } from './browse-log.ts';
import { eventAnswer } from './event-answer.ts';
import { LogTail } from './log-tail.ts';

async function orders(store: EventStore, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const order = sampleOrder();
    await record(store, order.orderId, order, facts.debited);
  }
}

/** Every page from the beginning of a direction to its end. */
async function walk(page: (from: number | undefined) => Promise<LogPage>): Promise<number[]> {
  const seen: number[] = [];
  for (let from: number | undefined, rounds = 0; rounds < 100; rounds += 1) {
    const { events, next } = await page(from);
    seen.push(...events.map((event) => event.position));
    if (next === null) return seen;
    from = next;
  }
  throw new Error('the pages do not end');
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the log', () => {
  const browse =
    (store: EventReader, direction: PageWish['direction'], types?: readonly EventType[]) =>
    (from: number | undefined) =>
      browseLog(store, ordersLog, { direction, from, limit: 3, types });

  test('is paged forwards and backwards, each event once', async () => {
    const store = memoryOrdersStore();
    await orders(store, 5);
    assert.deepEqual(await walk(browse(store, 'forwards')), upTo(10));
    assert.deepEqual(await walk(browse(store, 'backwards')), upTo(10).toReversed());
  });

  test('is filtered by type in both directions', async () => {
    const store = memoryOrdersStore();
    await orders(store, 8);
    const debits = upTo(16).filter((at) => at % 2 === 0);
    assert.deepEqual(await walk(browse(store, 'forwards', [orderEventTypes.paymentDebited])), debits);
    assert.deepEqual(await walk(browse(store, 'backwards', [orderEventTypes.paymentDebited])), debits.toReversed());
    assert.deepEqual(await walk(browse(store, 'backwards', [])), []);
  });

  test('shows one stream by its revisions', async () => {
    const store = memoryOrdersStore();
    const order = sampleOrder();
    await record(store, order.orderId, order, facts.debited, facts.approved);
    const of = { log: ordersLog, stream: orderStream(order.orderId) };
    const page = await browseStream(store, of, { direction: 'backwards', from: undefined, limit: 2 });
    assert.deepEqual([page.events.map(({ revision }) => revision), page.next], [[3, 2], 2]);
  });
});

describe('an event', () => {
  const shown = async (text: string) => {
    const store = memoryOrdersStore();
    const order = sampleOrder();
    await record(store, order.orderId, order);
    const [event] = (await store.readLog(ordersLog, position(0), { limit: 1 })).events;
    assert.ok(event);
    return eventAnswer({ ...event, id: eventId(newId()), data: new TextEncoder().encode(text) });
  };

  test('passes hostile data through as data', async () => {
    const hostile = { customer_id: '<script>alert(1)</script>', note: '"\u2028\u0000{{constructor}}', __proto__x: 1 };
    const { data, isJson } = await shown(JSON.stringify(hostile));
    assert.deepEqual([data, isJson], [hostile, true]);
  });

  test('that is no JSON is shown as text, and a long one is cut', async () => {
    assert.deepEqual(await shown('not json').then(({ data, isJson }) => [data, isJson]), ['not json', false]);
    const long = await shown(JSON.stringify('x'.repeat(100_000)));
    assert.deepEqual([long.isCut, String(long.data).length], [true, 16_384]);
  });
});

describe('the live end of the log', () => {
  const logger = createLogger({ service: 'test', level: 'silent' });

  test('costs the store the same however many watch and however much is recorded, and says what it left out', async () => {
    const store = memoryOrdersStore();
    await orders(store, 1);
    const calls = { head: 0, read: 0, events: 0 };
    const counted: EventReader = {
      readStream: (...asked) => store.readStream(...asked),
      async readLog(...asked) {
        const page = await store.readLog(...asked);
        calls.read += 1;
        calls.events += page.events.length;
        return page;
      },
      async head(log) {
        calls.head += 1;
        return store.head(log);
      },
    };
    const tail = new LogTail({ store: counted, log: ordersLog, logger, everyMs: 5 });
    const watching = Array.from({ length: 30 }, () => tail.follow()[Symbol.asyncIterator]());
    const waiting = watching.map((one) => one.next());
    // Until it has seen where the log ends: only what comes later is told.
    await eventually(
      () => calls.head,
      (looks) => looks > 0,
    );
    await orders(store, 1_000);
    const pages = await Promise.all(waiting);
    assert.equal(new Set(pages.map(({ value }) => value)).size, 1, 'all get the same page');
    await tail.stop();
    assert.ok(calls.events <= calls.read * 200, `${calls.events} events in ${calls.read} reads`);
    assert.ok(calls.read <= calls.head, 'no more than one read for a look, whoever watches');
  });

  test('says from when on it misses nothing, and does not keep anybody waiting when it stops', async () => {
    const store = memoryOrdersStore();
    const tail = new LogTail({ store, log: ordersLog, logger, everyMs: 5 });
    const first = tail.follow()[Symbol.asyncIterator]().next();
    await tail.begun();
    await orders(store, 1);
    assert.equal((await first).value?.skippedAfter, null);
    await tail.stop();
    const silent = new LogTail({
      store: {
        ...store,
        readStream: store.readStream,
        readLog: store.readLog,
        head: () => Promise.reject(new Error('no')),
      },
      log: ordersLog,
      logger,
      everyMs: 5,
    });
    void silent.follow()[Symbol.asyncIterator]().next();
    await silent.stop();
    await silent.begun();
  });

  test('tells all that is recorded after the position with which it begins', async () => {
    const store = memoryOrdersStore();
    await orders(store, 1);
    const tail = new LogTail({ store, log: ordersLog, logger, everyMs: 5 });
    const news = tail.news();
    assert.deepEqual((await news.next()).value, { begunAfter: 2 });
    await orders(store, 1);
    const told: number[] = [];
    for await (const one of news) {
      if ('begunAfter' in one) assert.fail('it begins once');
      told.push(...one.events.map((event) => event.position));
      if (told.length === 2) break;
    }
    assert.deepEqual(told, [3, 4]);
    await tail.stop();
  });

  test('is not read while nobody watches', async () => {
    const store = memoryOrdersStore();
    let asked = 0;
    const tail = new LogTail({
      store: {
        ...store,
        readStream: store.readStream,
        readLog: store.readLog,
        head: async (log) => ((asked += 1), store.head(log)),
      },
      log: ordersLog,
      logger,
      everyMs: 1,
    });
    const one = tail.follow()[Symbol.asyncIterator]();
    await one.return?.();
    await tail.stop();
    assert.ok(asked <= 1);
  });
});
