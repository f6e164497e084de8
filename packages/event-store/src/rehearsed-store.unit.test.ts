import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, eventType, incarnation, logName, noRevision, nowhere, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { memoryEventStore } from './memory/index.ts';
import type { ExpectedRevision, Write } from './port.ts';
import { rehearsedStore } from './rehearsed-store.ts';

const log = logName('ORDERS');
const stream = streamName('order-1');
const type = eventType('ORDERS.created');
const clock = { nowMs: () => 1_000 };
const life = incarnation(newId());

function writeOf(id: string, content: number, expected: ExpectedRevision): Write {
  const event = { id: eventId(id), type, data: Buffer.from(`{"content":${content}}`), metadata: {} };
  return { log, streams: [{ stream, expected, events: [event] }] };
}

/** A store in which `first` is stored, and its rehearsal with what that notes. */
async function rehearsal(first: Write) {
  const registry = { types: new Map([[log, new Set([type])]]) };
  const store = memoryEventStore({ registry, clock, newIncarnation: () => life });
  await store.append(first);
  const notes: string[] = [];
  return { store, rehearsed: rehearsedStore(store, { clock, note: (effect) => notes.push(effect) }), notes };
}

test('what would be stored is told with its place, and not stored', async () => {
  const { store, rehearsed, notes } = await rehearsal(writeOf(newId(), 1, noRevision));
  const outcome = await rehearsed.append(writeOf(newId(), 2, 'any'));
  const events = [{ position: 2, revision: 2, recordedAtMs: 1_000 }];
  assert.deepEqual(outcome, { kind: 'appended', repeated: false, incarnation: life, events });
  assert.deepEqual(notes, ['appends ORDERS.created to order-1 as revision 2']);
  assert.equal((await store.readLog(log, nowhere, { limit: 10 })).events.length, 1);
});

test('a repetition, a conflict and another event under a known id are answered as the store answers them', async () => {
  const id = newId();
  const { store, rehearsed, notes } = await rehearsal(writeOf(id, 1, noRevision));
  for (const write of [writeOf(id, 1, noRevision), writeOf(newId(), 2, noRevision), writeOf(id, 2, 'any')]) {
    assert.deepEqual(await rehearsed.append(write), await store.append(write));
  }
  assert.deepEqual(await rehearsed.append(writeOf(id, 2, 'any')), { kind: 'idReused', eventId: id });
  assert.deepEqual(notes, []);
});
