import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type EventId,
  eventId,
  eventType,
  logName,
  noRevision,
  nowhere,
  type RecordedEvent,
  type Revision,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import * as fc from 'fast-check';
import { type Decision, decideBatch, type KnownState, type PlacedEvent } from './decide-batch.ts';
import type { ExpectedRevision, StreamWrite, Write } from './port.ts';

const log = logName('ORDERS');
const idOf = (n: number): EventId => eventId(`00000000-0000-7000-8000-${String(n).padStart(12, '0')}`);

interface SmallWrite {
  readonly stream: number;
  readonly expected: number;
  readonly ids: readonly number[];
  readonly content: number;
}

/** Small worlds on purpose: few streams, ids and contents, so that writes collide all the time. */
const smallWrite: fc.Arbitrary<SmallWrite> = fc.record({
  stream: fc.integer({ min: 1, max: 3 }),
  expected: fc.integer({ min: -1, max: 4 }),
  ids: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 2 }),
  content: fc.integer({ min: 1, max: 2 }),
});

const smallWrites = fc.array(
  fc.array(smallWrite, { minLength: 1, maxLength: 2 }).filter((parts) => {
    const ids = parts.flatMap((part) => part.ids);
    return new Set(parts.map((part) => part.stream)).size === parts.length && new Set(ids).size === ids.length;
  }),
  { maxLength: 20 },
);

function streamWriteOf({ stream, expected, ids, content }: SmallWrite): StreamWrite {
  const event = (id: number) => ({
    id: idOf(id),
    type: eventType('ORDERS.created'),
    data: Buffer.from(`{"content":${content}}`),
    metadata: {},
  });
  const [first = 0, ...rest] = ids;
  const expectation: ExpectedRevision = expected < 0 ? 'any' : revision(expected);
  return { stream: streamName(`order-${stream}`), expected: expectation, events: [event(first), ...rest.map(event)] };
}

function writeOf(parts: readonly SmallWrite[]): Write {
  const [first, ...rest] = parts;
  assert(first);
  return { log, streams: [streamWriteOf(first), ...rest.map(streamWriteOf)] };
}

/** The slow and obvious store: a list, searched from the start for every question, one write at a time. */
class NaiveStore {
  readonly events: { id: EventId; stream: StreamName; text: string; position: number; revision: number }[] = [];

  append(write: Write): string {
    const wanted = write.streams.flatMap(({ stream, events }) =>
      events.map((event) => ({ id: event.id, stream, text: Buffer.from(event.data).toString() })),
    );
    const places = wanted.map((want) => this.events.find((event) => event.id === want.id));
    const differs = wanted.find((want, index) => {
      const place = places[index];
      return place !== undefined && (place.stream !== want.stream || place.text !== want.text);
    });
    if (differs) return `reused ${differs.id}`;
    const found = places.filter((place) => place !== undefined);
    if (found.length > 0 && found.length < wanted.length) return `reused ${found[0]?.id}`;
    if (found.length > 0) return `repeat ${found.map((event) => `${event.position}/${event.revision}`).join()}`;
    for (const { stream, expected } of write.streams) {
      const actual = this.#count(stream);
      if (expected !== 'any' && expected !== actual) return `conflict ${stream} ${expected} ${actual}`;
    }
    for (const want of wanted) {
      this.events.push({ ...want, position: this.events.length + 1, revision: this.#count(want.stream) + 1 });
    }
    const stored = this.events.slice(-wanted.length);
    return `store ${stored.map((event) => `${event.position}/${event.revision}`).join()}`;
  }

  #count(stream: StreamName): number {
    return this.events.filter((event) => event.stream === stream).length;
  }
}

function shown(decision: Decision): string {
  switch (decision.kind) {
    case 'store':
    case 'repeat':
      return `${decision.kind} ${decision.events.map((event) => `${event.position}/${event.revision}`).join()}`;
    case 'conflict':
      return `conflict ${decision.stream} ${decision.expected} ${decision.actual}`;
    case 'idReused':
      return `reused ${decision.eventId}`;
    default:
      return decision satisfies never;
  }
}

/** State after the given events, as a store would know it. */
function knownAfter(events: readonly PlacedEvent[]): KnownState {
  const byId = new Map<EventId, RecordedEvent>();
  const revisions = new Map<StreamName, Revision>();
  for (const event of events) {
    byId.set(event.id, { ...event, recordedAtMs: 1 });
    revisions.set(event.stream, event.revision);
  }
  return {
    head: events.at(-1)?.position ?? nowhere,
    revisionOf: (stream) => revisions.get(stream) ?? noRevision,
    eventOf: (id) => byId.get(id),
  };
}

describe('deciding a batch', () => {
  test('is the same as deciding its writes one at a time', () => {
    fc.assert(
      fc.property(smallWrites, (parts) => {
        const writes = parts.map(writeOf);
        const naive = new NaiveStore();
        const expected = writes.map((write) => naive.append(write));
        const { decisions, events } = decideBatch(knownAfter([]), writes);
        assert.deepEqual(decisions.map(shown), expected);
        assert.deepEqual(
          events.map((event) => [event.position, event.id, event.stream, event.revision]),
          naive.events.map((event) => [event.position, event.id, event.stream, event.revision]),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on where one batch ends and the next begins', () => {
    fc.assert(
      fc.property(smallWrites, fc.nat(20), (parts, cut) => {
        const writes = parts.map(writeOf);
        const whole = decideBatch(knownAfter([]), writes);
        const first = decideBatch(knownAfter([]), writes.slice(0, cut));
        const second = decideBatch(knownAfter(first.events), writes.slice(cut));
        assert.deepEqual([...first.decisions, ...second.decisions].map(shown), whole.decisions.map(shown));
      }),
      { numRuns: 300 },
    );
  });

  test('chains several writes to one stream', () => {
    const first = [{ stream: 1, expected: 0, ids: [1], content: 1 }];
    const second = [{ stream: 1, expected: 1, ids: [2], content: 1 }];
    const stale = [{ stream: 1, expected: 1, ids: [3], content: 1 }];
    const third = [{ stream: 1, expected: 2, ids: [4], content: 1 }];
    const { decisions } = decideBatch(knownAfter([]), [first, second, stale, third].map(writeOf));
    assert.deepEqual(decisions.map(shown), ['store 1/1', 'store 2/2', 'conflict order-1 1 2', 'store 3/3']);
  });
});
