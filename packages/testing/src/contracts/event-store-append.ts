/** The contract of `append`: places, expected revisions, repeated ids, many streams at once, overload. */
import assert from 'node:assert/strict';
import { noRevision, revision } from '@eventstream/contracts';
import {
  type AppendOutcome,
  type EventStore,
  StoreOverloaded,
  StoreUnavailable,
  type Write,
} from '@eventstream/event-store';
import {
  appended,
  changed,
  newEvent,
  newStream,
  type OpenEventStore,
  openWorld,
  wholeLog,
  writeTo,
} from './event-store-fixture.ts';

/** A statement about the store, and what proves it. */
export type ContractTests = Readonly<
  Record<string, (open: (options: OpenEventStore) => Promise<EventStore>) => Promise<void>>
>;

const places = (outcome: AppendOutcome) => appended(outcome).events.map((event) => [event.position, event.revision]);

function assertDense(numbers: readonly number[]): void {
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
}

export const appendTests: ContractTests = {
  'positions and revisions start at 1 and have no hole': async (open) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    const first = await store.append(writeTo({ log, stream }, newEvent(log), newEvent(log)));
    assert.deepEqual(places(first), [
      [1, 1],
      [2, 2],
    ]);
    assert.deepEqual(places(await store.append(writeTo({ log }))), [[3, 1]]);
    assert.deepEqual(places(await store.append(writeTo({ log, stream, expected: revision(2) }))), [[4, 3]]);
    const head = await store.head(log);
    assert.equal(head.position, 4);
    assert.equal(head.incarnation, appended(first).incarnation);
  },

  'what is stored is what was appended': async (open) => {
    const { store, log } = await openWorld(open);
    const before = Date.now();
    const event = newEvent(log, {
      type: changed(log),
      data: '{ "b":1.50, "a":"Łódź \\u0001", "n":12345678901234567890 }',
      metadata: { traceparent: '00-aa-bb-01', actor: 'operator:jo "x" \\', empty: '' },
    });
    const empty = newEvent(log, { data: '' });
    const stream = newStream();
    const [place] = appended(await store.append(writeTo({ log, stream }, event, empty))).events;
    const [stored, second] = await wholeLog(store, log);
    assert(stored && second);
    assert.equal(Buffer.from(stored.data).toString(), Buffer.from(event.data).toString());
    assert.equal(second.data.byteLength, 0);
    const { data: _, ...rest } = stored;
    const { id, type, metadata } = event;
    assert.deepEqual(rest, {
      id,
      type,
      metadata,
      log,
      stream,
      position: 1,
      revision: 1,
      recordedAtMs: place.recordedAtMs,
    });
    assert(Math.abs(place.recordedAtMs - before) < 60_000);
  },

  'of 20 parallel appends that expect the same revision one wins, the others learn the actual one': async (open) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    await store.append(writeTo({ log, stream }));
    const attempts = Array.from({ length: 20 }, () => store.append(writeTo({ log, stream, expected: revision(1) })));
    const outcomes = await Promise.all(attempts);
    assert.equal(outcomes.filter(({ kind }) => kind === 'appended').length, 1);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'appended') assert.deepEqual(outcome, { kind: 'conflict', stream, expected: 1, actual: 2 });
    }
    assert.equal((await wholeLog(store, log)).length, 2);
  },

  'of 20 parallel appends that expect any revision none is lost': async (open) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    const appends = Array.from({ length: 20 }, () => store.append(writeTo({ log, stream, expected: 'any' })));
    const outcomes = await Promise.all(appends);
    assertDense(outcomes.flatMap((outcome) => places(outcome).map(([, at]) => at ?? 0)).toSorted((a, b) => a - b));
    assertDense((await wholeLog(store, log)).map((event) => event.revision));
  },

  'a write that expects a revision beyond the stream is a conflict, also on a stream nobody has heard of': async (
    open,
  ) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    const outcome = await store.append(writeTo({ log, stream, expected: revision(7) }));
    assert.deepEqual(outcome, { kind: 'conflict', stream, expected: 7, actual: 0 });
  },

  'a repeated write gets its original places, even when the expected revision no longer matches': async (open) => {
    const { store, log } = await openWorld(open);
    const stream = newStream();
    const write = writeTo({ log, stream }, newEvent(log, { metadata: { actor: 'a' } }), newEvent(log));
    const first = appended(await store.append(write));
    assert.equal(first.repeated, false);
    await store.append(writeTo({ log, stream, expected: revision(2) }));
    const again = writeTo({ log, stream, expected: revision(1) }, ...write.streams[0].events);
    assert.deepEqual(await store.append(again), { ...first, repeated: true });
    const otherNotes = write.streams[0].events.map((event) => ({ ...event, metadata: { actor: 'b' } }));
    assert.deepEqual(await store.append(writeTo({ log, stream }, ...otherNotes)), { ...first, repeated: true });
    assert.equal((await store.head(log)).position, 3);
  },

  'a known id with another stream, type, data or log is told apart from a repetition': async (open) => {
    const { store, log, otherLog } = await openWorld(open);
    const stream = newStream();
    const event = newEvent(log);
    await store.append(writeTo({ log, stream }, event));
    const reused: readonly Write[] = [
      writeTo({ log, stream, expected: 'any' }, { ...event, data: Buffer.from('{"n":2}') }),
      writeTo({ log, stream, expected: 'any' }, { ...event, type: changed(log) }),
      writeTo({ log }, event),
      writeTo({ log: otherLog, stream }, newEvent(otherLog, { id: event.id })),
      writeTo({ log, stream, expected: 'any' }, newEvent(log), event),
    ];
    for (const write of reused) assert.deepEqual(await store.append(write), { kind: 'idReused', eventId: event.id });
    assert.equal((await store.head(log)).position, 1);
    assert.equal((await store.head(otherLog)).position, 0);
  },

  'two writes with the same id at the same time are stored once and get the same places': async (open) => {
    const { store, log } = await openWorld(open);
    const write = writeTo({ log });
    const [first, second] = await Promise.all([store.append(write), store.append(write)]);
    assert.deepEqual(places(first), places(second));
    assert.notEqual(appended(first).repeated, appended(second).repeated);
    assert.equal((await store.head(log)).position, 1);
  },

  'a write to several streams is stored as a whole or not at all': async (open) => {
    const { store, log } = await openWorld(open);
    const [one] = writeTo({ log }).streams;
    const [two] = writeTo({ log }, newEvent(log), newEvent(log)).streams;
    assert.deepEqual(places(await store.append({ log, streams: [one, two] })), [
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    const [fresh] = writeTo({ log }).streams;
    const [stale] = writeTo({ log, stream: two.stream, expected: revision(1) }).streams;
    const outcome = await store.append({ log, streams: [fresh, stale] });
    assert.deepEqual(outcome, { kind: 'conflict', stream: two.stream, expected: 1, actual: 2 });
    assert.equal((await store.head(log)).position, 3);
    const page = await store.readStream(log, fresh.stream, { direction: 'forwards', from: noRevision, limit: 1 });
    assert.deepEqual(page, { events: [], atEnd: true });
  },

  'writes that are not stored take no position, whatever they arrive with': async (open) => {
    const { store, log } = await openWorld(open);
    const known = writeTo({ log });
    await store.append(known);
    const writes = Array.from({ length: 60 }, (_, index): Write => {
      if (index % 3 === 0) return writeTo({ log, expected: revision(5) });
      return index % 3 === 1 ? known : writeTo({ log });
    });
    const outcomes = await Promise.all(writes.map((write) => store.append(write)));
    outcomes.forEach((outcome, index) => {
      assert.equal(outcome.kind, index % 3 === 0 ? 'conflict' : 'appended');
      if (index % 3 === 1) assert.deepEqual(places(outcome), [[1, 1]]);
    });
    const events = await wholeLog(store, log);
    assert.equal(events.length, 21);
    assertDense(events.map((event) => event.position));
  },

  'logs count their positions apart': async (open) => {
    const { store, log, otherLog } = await openWorld(open);
    const stream = newStream();
    assert.deepEqual(places(await store.append(writeTo({ log, stream }))), [[1, 1]]);
    assert.deepEqual(places(await store.append(writeTo({ log: otherLog, stream }))), [[1, 1]]);
    assert.notEqual((await store.head(log)).incarnation, (await store.head(otherLog)).incarnation);
  },

  'a full queue refuses at once, and what was not refused is stored': async (open) => {
    const { store, log } = await openWorld(open, { queuedMax: 5 });
    const settled = await Promise.allSettled(Array.from({ length: 200 }, () => store.append(writeTo({ log }))));
    const refused = settled.filter((result) => result.status === 'rejected');
    assert(refused.length > 0);
    for (const { reason } of refused) assert(reason instanceof StoreOverloaded, String(reason));
    assert.equal((await wholeLog(store, log)).length, 200 - refused.length);
  },

  'a closed store answers what it had accepted and refuses the rest': async (open) => {
    const { store, log } = await openWorld(open);
    await store.head(log);
    const accepted = Array.from({ length: 10 }, () => store.append(writeTo({ log })));
    await store.close();
    await store.close();
    for (const outcome of await Promise.all(accepted)) assert.equal(outcome.kind, 'appended');
    for (const [asked, call] of [
      ['write', () => store.append(writeTo({ log }))],
      ['read', () => store.head(log)],
    ] as const)
      await assert.rejects(call(), (error) => error instanceof StoreUnavailable && error.asked === asked);
  },
};
