/** What the engine's tests work with: trips in a store in memory, and an engine whose every step the test asks for. */
import assert from 'node:assert/strict';
import {
  type EventType,
  eventId,
  incarnation,
  logName,
  type Metadata,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import type { EventStore, Write } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { createLogger, newId } from '@eventstream/platform';
import { ActionLoop, type ActionLoopSettings } from './action-loop.ts';
import type { SagaDefinition } from './definition.ts';
import { memorySagaStore } from './memory/index.ts';
import { sagaSink } from './saga-sink.ts';
import { trip, tripTypes, type } from './trip.fixture.ts';

const trips = logName('TRIPS');
export const alice = streamName('trip-alice');
export const bob = streamName('trip-bob');
const utf8 = new TextEncoder();
/** Types that only later versions of the trip know. */
const laterTypes = ['carbooked', 'carrefused', 'carcancelasked', 'carcancelled', 'luggagesent'].map(type);

/** Where trips are recorded, and what remembers them: outlives the programs that work with it. */
export function tripWorld() {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const events = memoryEventStore({
    registry: { types: new Map([[trips, new Set([...tripTypes, ...laterTypes])]]) },
    clock,
    newIncarnation: () => incarnation(newId()),
  });
  return { clock, events, store: memorySagaStore(clock), passes: (ms: number) => void (nowMs += ms) };
}

/** A whole engine over stores in memory, its clock in the test's hand, and the log read only when the test says so. */
export function engine(
  settings: Partial<ActionLoopSettings> = {},
  {
    definition = trip(),
    world = tripWorld(),
  }: { definition?: SagaDefinition; world?: ReturnType<typeof tripWorld> } = {},
) {
  const { events, store } = world;
  const rowSettings = { undoStuckAfterMs: 10_000 };
  const closed = new Set<string>();
  const faults: Partial<Pick<EventStore, 'append'>> = {};
  const loop = new ActionLoop({
    definition,
    store,
    ...rowSettings,
    events: {
      append: (write: Write) => (faults.append ?? events.append.bind(events))(write),
      readStream: events.readStream.bind(events),
      readLog: events.readLog.bind(events),
      head: events.head.bind(events),
    },
    compose: (action, { cause }) => ({
      data: utf8.encode(JSON.stringify({ reason: action.reason })),
      metadata: { 'causation-id': cause },
    }),
    gate: { mayJudge: async (step) => !closed.has(step) },
    logger: createLogger({ service: 'test', level: 'silent' }),
    settings: { backoffMs: 100, backoffMaxMs: 1000, stuckAfter: 3, claimMs: 5000, ...settings },
  });
  const sink = sagaSink({ name: 'coordinator', definition, store, ...rowSettings });
  const read = async (): Promise<void> => {
    const checkpoint = await sink.checkpoint();
    const page = await events.readLog(trips, checkpoint.position, { limit: 1000 });
    if (page.events.length > 0) await sink.apply(page.events, page.incarnation);
  };
  const append = async (stream: StreamName, eventKind: EventType, metadata: Metadata = {}): Promise<void> => {
    const event = { id: eventId(newId()), type: eventKind, data: utf8.encode('{}'), metadata };
    const outcome = await events.append({ log: trips, streams: [{ stream, expected: 'any', events: [event] }] });
    assert.equal(outcome.kind, 'appended');
  };
  return {
    store,
    loop,
    read,
    closed,
    faults,
    passes: world.passes,
    record: async (stream: StreamName, ...tokens: readonly string[]) => {
      for (const token of tokens) await append(stream, type(token));
      await read();
    },
    append,
    types: async (stream: StreamName) => {
      const page = await events.readStream(trips, stream, { direction: 'forwards', from: revision(0), limit: 100 });
      return page.events.map((event) => event.type.replace('TRIPS.', ''));
    },
    entry: async (stream: StreamName) => (await store.find(stream)) ?? assert.fail(`${stream} has no row`),
  };
}
