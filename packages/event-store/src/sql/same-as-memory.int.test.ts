import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventId, incarnation, revision, streamName } from '@eventstream/contracts';
import { newId, systemClock } from '@eventstream/platform';
import fc from 'fast-check';
import { memoryEventStore } from '../memory/index.ts';
import type { AppendOutcome, StreamWrite, Write } from '../port.ts';
import { type StoreDatabase, storeDatabase } from './test-stores.ts';

let database: StoreDatabase;

before(async () => {
  database = await storeDatabase();
});

/** A write of a small world: few streams, ids and contents, so that nearly all writes collide with others. */
interface Part {
  readonly stream: number;
  readonly expected: number;
  readonly id: number;
  readonly content: number;
}

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
const history = fc.array(fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 8 }), second: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

/**
 * Everything but the time and the log's incarnation, which differ between two stores, and, where several streams of a
 * write have moved on, which of them is named.
 */
function comparable(outcome: AppendOutcome, { streams }: Write): unknown {
  if (outcome.kind === 'conflict' && streams.length > 1) return outcome.kind;
  if (outcome.kind !== 'appended') return outcome;
  const events = outcome.events.map((event) => `${event.position}/${event.revision}`);
  return { ...outcome, events, incarnation: undefined };
}

test('two SQL stores with tiny caches answer any history as one store in memory does', async () => {
  const property = fc.asyncProperty(history, async (batches) => {
    const { log, type, registry } = await database.newLog();
    const ids = Array.from({ length: 20 }, () => newId());
    const writeOf = (parts: readonly Part[]): Write => {
      const streams = parts.map(({ stream, expected, id, content }): StreamWrite => {
        const event = { id: eventId(ids[id - 1]), type, data: Buffer.from(`${content}`), metadata: {} };
        const wanted = expected < 0 ? 'any' : revision(expected);
        return { stream: streamName(`order-${stream}`), expected: wanted, events: [event] };
      });
      const [first, ...rest] = streams;
      assert(first);
      return { log, streams: [first, ...rest] };
    };
    const limits = { recentEventsMax: 3, rememberedStreamsMax: 1 };
    const memory = memoryEventStore({ registry, clock: systemClock, newIncarnation: () => incarnation(newId()) });
    const [first, second] = [database.openStore(registry, { limits }), database.openStore(registry, { limits })];
    for (const batch of batches) {
      const writes = batch.writes.map(writeOf);
      const store = batch.second ? second : first;
      const answers = await Promise.all(writes.map((each) => store.append(each)));
      const wanted = await Promise.all(writes.map((each) => memory.append(each)));
      writes.forEach((each, index) => {
        const [answer, wish] = [answers[index], wanted[index]];
        assert(answer && wish);
        assert.deepEqual(comparable(answer, each), comparable(wish, each));
      });
    }
    await Promise.all([memory.close(), first.close(), second.close()]);
  });
  await fc.assert(property, { numRuns: 80 });
});
