import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  type EventId,
  type EventType,
  eventId,
  type LogName,
  noRevision,
  nowhere,
  type Revision,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import * as fc from 'fast-check';
import { type Decision, decideBatch, type PlacedEvent } from '../decide-batch.ts';
import type { AppendOutcome, StreamWrite, Write } from '../port.ts';
import { type StoreDatabase, storeDatabase } from './stores.fixture.ts';

let database: StoreDatabase;

before(async () => {
  database = await storeDatabase();
});

interface Part {
  readonly stream: number;
  readonly expected: number;
  readonly id: number;
  readonly content: number;
}

/** A write of a small world: few streams, ids and contents, so that nearly all writes collide with others. */
const part: fc.Arbitrary<Part> = fc.record({
  stream: fc.integer({ min: 1, max: 4 }),
  expected: fc.integer({ min: -1, max: 4 }),
  id: fc.integer({ min: 1, max: 20 }),
  content: fc.integer({ min: 1, max: 2 }),
});
const write = fc.uniqueArray(part, {
  minLength: 1,
  maxLength: 2,
  comparator: (a, b) => a.stream === b.stream || a.id === b.id,
});
/** Batches of writes that are sent at once, and which of two stores gets each batch. */
const history = fc.array(fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 4 }), second: fc.boolean() }), {
  minLength: 1,
  maxLength: 15,
});

/** Every order of the numbers below `count`, the natural one first. */
function orders(count: number): number[][] {
  if (count === 0) return [[]];
  const last = count - 1;
  return orders(last).flatMap((order) =>
    Array.from({ length: count }, (_, back) => order.toSpliced(last - back, 0, last)),
  );
}

/** What the pure decisions make of the writes in that order, behind these events. */
function decideInOrder(events: readonly PlacedEvent[], writes: readonly Write[], order: readonly number[]) {
  const byId = new Map<EventId, PlacedEvent>(events.map((event) => [event.id, event]));
  const revisions = new Map<StreamName, Revision>(events.map((event) => [event.stream, event.revision]));
  const known = {
    head: events.at(-1)?.position ?? nowhere,
    revisionOf: (stream: StreamName) => revisions.get(stream) ?? noRevision,
    eventOf: (id: EventId) => {
      const event = byId.get(id);
      return event && { ...event, recordedAtMs: 0 };
    },
  };
  const sorted = order.flatMap((index) => writes[index] ?? []);
  const decided = decideBatch(known, sorted);
  return { events: decided.events, decisions: order.map((_, index) => decided.decisions[order.indexOf(index)]) };
}

/** An answer without time and incarnation. Where several streams have moved on, which of them is named is left open. */
function shown(answer: AppendOutcome | Decision | undefined, { streams }: Write): string {
  if (answer?.kind === 'conflict' && streams.length > 1) return 'conflict';
  if (answer?.kind === 'appended' || answer?.kind === 'store' || answer?.kind === 'repeat') {
    const places = answer.events.map((event) => `${event.position}/${event.revision}`);
    const repeated = answer.kind === 'appended' ? answer.repeated : answer.kind === 'repeat';
    return `${repeated ? 'repeated' : 'stored'} ${places.join()}`;
  }
  return JSON.stringify(answer);
}

function writeOf(parts: readonly Part[], of: { log: LogName; type: EventType; ids: readonly string[] }): Write {
  const streams = parts.map(({ stream, expected, id, content }): StreamWrite => {
    const event = { id: eventId(of.ids[id - 1]), type: of.type, data: Buffer.from(`${content}`), metadata: {} };
    const wanted = expected < 0 ? 'any' : revision(expected);
    return { stream: streamName(`order-${stream}`), expected: wanted, events: [event] };
  });
  const [first, ...rest] = streams;
  assert(first);
  return { log: of.log, streams: [first, ...rest] };
}

for (const { name, overlapFrom } of [
  { name: 'one commit at a time', overlapFrom: 64 },
  { name: 'a second commit under way as soon as two writes wait', overlapFrom: 2 },
]) {
  test(`two stores with tiny caches answer any history as if its writes had come one after another: ${name}`, async () => {
    const property = fc.asyncProperty(history, async (batches) => {
      const { log, type, registry } = await database.newLog();
      const ids = Array.from({ length: 20 }, () => newId());
      const limits = { recentEventsMax: 3, rememberedStreamsMax: 1, overlapFrom };
      const [first, second] = [database.openStore(registry, { limits }), database.openStore(registry, { limits })];
      const events: PlacedEvent[] = [];
      let last: boolean | undefined;
      for (const batch of batches) {
        const writes = batch.writes.map((parts) => writeOf(parts, { log, type, ids }));
        const store = batch.second ? second : first;
        const answers = await Promise.all(writes.map((each) => store.append(each)));
        // Alone, a store decides in the order of arrival. After another has written, what was refused on old knowledge
        // is decided again behind the rest, and of two commits under way either may be the first: orders that calls at
        // the same time may get.
        const isInOrder = last === batch.second && writes.length < 2 * overlapFrom;
        const allowed = isInOrder ? orders(writes.length).slice(0, 1) : orders(writes.length);
        last = batch.second;
        const possible = allowed.map((order) => decideInOrder(events, writes, order));
        const texts = (all: readonly (AppendOutcome | Decision | undefined)[]) =>
          writes.map((each, index) => shown(all[index], each));
        const real = texts(answers);
        const match = possible.find(({ decisions }) => texts(decisions).every((text, index) => text === real[index]));
        assert(
          match,
          `${real.join(' | ')} comes of no order; in order of arrival: ${texts(possible[0]?.decisions ?? []).join(' | ')}`,
        );
        events.push(...match.events);
      }
      await Promise.all([first.close(), second.close()]);
    });
    await fc.assert(property, { numRuns: 60 });
  });
}
