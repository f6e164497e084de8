/** The contract of reading: streams in both directions, the log by position, filters, pages bounded by bytes. */
import assert from 'node:assert/strict';
import {
  isNonEmpty,
  type LogName,
  logName,
  noRevision,
  nowhere,
  position,
  type RecordedEvent,
  type Revision,
  revision,
} from '@eventstream/contracts';
import { type EventStore, type LogFilter, scannedPositionsMax, UnknownLog } from '@eventstream/event-store';
import type { ContractTests } from './event-store-append.ts';
import { changed, happened, newEvent, newStream, openWorld, wholeLog, writeTo } from './event-store-fixture.ts';

const revisionsOf = (events: readonly RecordedEvent[]) => events.map((event) => Number(event.revision));
const positionsOf = (events: readonly RecordedEvent[]) => events.map((event) => Number(event.position));

async function openTenEvents(open: Parameters<ContractTests[string]>[0]) {
  const { store, log } = await openWorld(open);
  const stream = newStream();
  await store.append(writeTo({ log, stream }, ...Array.from({ length: 10 }, () => newEvent(log))));
  await store.append(writeTo({ log }));
  const read = (direction: 'forwards' | 'backwards', from: Revision, limit: number) =>
    store.readStream(log, stream, { direction, from, limit });
  return { store, log, stream, read };
}

/** Appends orders and customers in turn, of two types in turn: 40 events. */
async function appendMixed(store: EventStore, log: Parameters<typeof newEvent>[0]): Promise<void> {
  for (let count = 0; count < 40; count += 1) {
    const stream = newStream(count % 4 < 2 ? 'order' : 'customer');
    const type = count % 2 === 0 ? happened(log) : changed(log);
    await store.append(writeTo({ log, stream }, newEvent(log, { type })));
  }
}

const filtersOf = (log: LogName): readonly LogFilter[] => [
  { types: [changed(log)] },
  { types: [changed(log), happened(log)] },
  { streamPrefix: 'customer-' },
  { types: [happened(log)], streamPrefix: 'order-' },
  { types: [] },
  { streamPrefix: 'nobody' },
];

export const readTests: ContractTests = {
  'a stream is read forwards, page by page': async (open) => {
    const { read } = await openTenEvents(open);
    const first = await read('forwards', noRevision, 4);
    assert.deepEqual([revisionsOf(first.events), first.atEnd], [[1, 2, 3, 4], false]);
    const second = await read('forwards', revision(4), 6);
    assert.deepEqual([revisionsOf(second.events), second.atEnd], [[5, 6, 7, 8, 9, 10], true]);
    assert.deepEqual(await read('forwards', revision(10), 4), { events: [], atEnd: true });
  },

  'a stream is read backwards, page by page': async (open) => {
    const { read } = await openTenEvents(open);
    const first = await read('backwards', noRevision, 4);
    assert.deepEqual([revisionsOf(first.events), first.atEnd], [[10, 9, 8, 7], false]);
    const second = await read('backwards', revision(7), 6);
    assert.deepEqual([revisionsOf(second.events), second.atEnd], [[6, 5, 4, 3, 2, 1], true]);
    assert.deepEqual(await read('backwards', revision(1), 4), { events: [], atEnd: true });
  },

  'an unknown stream is empty and at its end': async (open) => {
    const { store, log } = await openTenEvents(open);
    for (const direction of ['forwards', 'backwards'] as const) {
      const page = await store.readStream(log, newStream(), { direction, from: noRevision, limit: 10 });
      assert.deepEqual(page, { events: [], atEnd: true });
    }
  },

  'a log is read from any position, and its pages say how far they looked': async (open) => {
    const { store, log } = await openTenEvents(open);
    const first = await store.readLog(log, nowhere, { limit: 4 });
    assert.deepEqual(positionsOf(first.events), [1, 2, 3, 4]);
    assert.deepEqual([first.scannedTo, first.head], [4, 11]);
    const rest = await store.readLog(log, first.scannedTo, { limit: 1000 });
    assert.deepEqual(positionsOf(rest.events), [5, 6, 7, 8, 9, 10, 11]);
    assert.deepEqual([rest.scannedTo, rest.head], [11, 11]);
    const none = await store.readLog(log, position(11), { limit: 10 });
    assert.deepEqual([none.events, none.scannedTo], [[], 11]);
    assert.equal(none.incarnation, (await store.head(log)).incarnation);
  },

  'reading beyond the head answers where the head is': async (open) => {
    const { store, log } = await openTenEvents(open);
    const page = await store.readLog(log, position(99), { limit: 10 });
    assert.deepEqual([page.events, page.scannedTo, page.head], [[], 11, 11]);
  },

  'a log that does not exist is named in the error': async (open) => {
    const { store } = await openWorld(open);
    await assert.rejects(store.head(logName('NOWHERE')), UnknownLog);
    await assert.rejects(store.readLog(logName('NOWHERE'), nowhere, { limit: 1 }), UnknownLog);
  },

  'a log is filtered by types and by stream prefix': async (open) => {
    const { store, log } = await openWorld(open);
    await appendMixed(store, log);
    const all = await wholeLog(store, log);
    for (const filter of filtersOf(log)) {
      const wanted = all.filter(
        ({ type, stream }) => (filter.types?.includes(type) ?? true) && stream.startsWith(filter.streamPrefix ?? ''),
      );
      const found: RecordedEvent[] = [];
      let at = nowhere;
      while (at < all.length) {
        const page = await store.readLog(log, at, { ...filter, limit: 3 });
        assert(page.events.length <= 3 && page.scannedTo > at);
        found.push(...page.events);
        at = page.scannedTo;
      }
      assert.deepEqual(positionsOf(found), positionsOf(wanted));
    }
  },

  'positions are found by the same filters as events': async (open) => {
    const { store, log } = await openWorld(open);
    await appendMixed(store, log);
    for (const filter of filtersOf(log)) {
      const page = await store.readLog(log, position(5), { ...filter, limit: 1000 });
      const { positions, ...scan } = await store.readPositions(log, position(5), filter);
      assert.deepEqual(positions.map(Number), positionsOf(page.events));
      assert.deepEqual(scan, { scannedTo: 40, head: 40, incarnation: page.incarnation });
    }
  },

  'looking for positions at or beyond the head answers where the head is, and names a log that does not exist': async (
    open,
  ) => {
    const { store, log } = await openTenEvents(open);
    for (const after of [11, 99]) {
      const page = await store.readPositions(log, position(after), {});
      assert.deepEqual([page.positions, page.scannedTo, page.head], [[], 11, 11]);
    }
    await assert.rejects(store.readPositions(logName('NOWHERE'), nowhere, {}), UnknownLog);
  },

  'a page of positions looks at a stretch of the log, and the next one goes on behind it': async (open) => {
    const { store, log } = await openWorld(open);
    const perWrite = 100;
    const writes = Array.from({ length: scannedPositionsMax / perWrite }, () =>
      store.append(writeTo({ log }, ...Array.from({ length: perWrite }, () => newEvent(log)))),
    );
    await Promise.all(writes);
    await store.append(writeTo({ log }, newEvent(log, { type: changed(log) })));
    const all = await store.readPositions(log, nowhere, {});
    assert.deepEqual([all.positions.length, all.positions.at(-1)], [scannedPositionsMax, scannedPositionsMax]);
    const first = await store.readPositions(log, nowhere, { types: [changed(log)] });
    assert.deepEqual([first.positions, first.scannedTo], [[], scannedPositionsMax]);
    const next = await store.readPositions(log, first.scannedTo, { types: [changed(log)] });
    assert.deepEqual([next.positions, next.scannedTo, next.head], [[next.head], next.head, scannedPositionsMax + 1]);
  },

  'a page of large events stays small, and the next one goes on behind it': async (open) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    const data = JSON.stringify('x'.repeat(200_000));
    for (let count = 0; count < 10; count += 1) {
      await store.append(writeTo({ log, stream, expected: 'any' }, newEvent(log, { data })));
    }
    const page = await store.readStream(log, stream, { direction: 'forwards', from: noRevision, limit: 1000 });
    const bytes = page.events.reduce((sum, event) => sum + event.data.byteLength, 0);
    assert(isNonEmpty(page.events) && bytes < 2 * 1024 * 1024 && !page.atEnd);
    assert.deepEqual(positionsOf(await wholeLog(store, log)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  },

  'streams that are read at the same time get each its own page, however large they are together': async (open) => {
    const { store, log } = await openWorld(open);
    const data = JSON.stringify('x'.repeat(100_000));
    const streams = Array.from({ length: 40 }, newStream);
    for (const [index, stream] of streams.entries()) {
      for (let count = 0; count < index % 3; count += 1)
        await store.append(writeTo({ log, stream, expected: 'any' }, newEvent(log, { data })));
    }
    const pages = await Promise.all(
      streams.map((stream, index) =>
        store.readStream(log, stream, { direction: 'forwards', from: noRevision, limit: index % 2 === 0 ? 1 : 10 }),
      ),
    );
    for (const [index, { events, atEnd }] of pages.entries()) {
      const [stored, limit] = [index % 3, index % 2 === 0 ? 1 : 10];
      assert(events.every(({ stream }) => stream === streams[index]));
      // Bytes may end a page early, but never without a first event.
      assert(events.length <= limit && events.length >= Math.min(stored, 1));
      assert.equal(atEnd, events.length === stored);
    }
  },
};
