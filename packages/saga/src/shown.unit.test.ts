import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeSaga } from './describe.ts';
import { sagaDiagram } from './mermaid.ts';
import { rowOfStream } from './saga-row.ts';
import { decodeSagaState, encodeSagaState } from './saga-state-json.ts';
import { type SagaStory, sagaTest, timePasses } from './testkit.ts';
import { trip } from './trip.fixture.ts';

function shown(story: SagaStory) {
  const row = rowOfStream(trip(), { undoStuckAfterMs: 10_000 }, story.events) ?? assert.fail('no saga was started');
  return describeSaga(trip(), { row, dueMs: row.next?.dueMs ?? null, attempts: 0, lastError: null, isStuck: false });
}

const told = () => sagaTest(trip(), { startMs: 0 });

describe('a saga as people see it', () => {
  test('shows what is done, what runs until when, and what remains', () => {
    const { status, done, current, remaining, next } = shown(told().given('TRIPS.wished', 'TRIPS.flightbooked'));
    assert.deepEqual(
      { status, done, current, remaining, next },
      {
        status: 'running',
        done: ['flight'],
        current: 'hotel',
        remaining: ['tickets'],
        next: { kind: 'deadline', step: 'hotel', dueMs: 2000 },
      },
    );
  });

  test('shows what is being undone, what is still to be undone, and why', () => {
    const story = told().given('TRIPS.wished', 'TRIPS.flightbooked', timePasses(2000));
    const { status, reason, steps, current, remaining, next } = shown(story);
    assert.deepEqual(
      { status, reason, current, remaining, next },
      { status: 'undoing', reason: 'hotel late', current: 'hotel', remaining: ['flight'], next: null },
    );
    assert.deepEqual(
      steps.map(({ name, kind }) => `${name} ${kind}`),
      ['flight toUndo', 'hotel undoAsked', 'tickets skipped'],
    );
  });

  test('shows an ended saga without anything to come', () => {
    const story = told().given('TRIPS.wished', 'TRIPS.flightrefused');
    const { status, reason, current, remaining, next } = shown(story);
    assert.deepEqual([status, reason, current, remaining, next], ['undone', 'flight refused', null, [], null]);
  });
});

test('the diagram shows steps, failures, deadlines, undo in reverse order, and ends', () => {
  const lines = sagaDiagram(trip()).split('\n');
  for (const line of [
    '  [*] --> step_flight : TRIPS.wished',
    '  step_flight --> step_hotel : TRIPS.flightbooked',
    '  step_tickets --> done : TRIPS.ticketsbooked',
    '  step_flight --> undone : TRIPS.flightrefused (flight refused)',
    '  step_hotel --> undo_flight : TRIPS.hotelrefused (hotel refused)',
    '  step_hotel --> undo_hotel : after 2 s (hotel late)',
    '  step_tickets --> undo_hotel : TRIPS.cancelwished',
    '  undo_hotel --> undo_flight : TRIPS.hotelcancelled, or TRIPS.hotelrefused',
    '  undo_flight --> undone : TRIPS.flightcancelled, or TRIPS.flightrefused',
    '  undone --> [*]',
  ])
    assert.ok(lines.includes(line), `missing: ${line}\n${lines.join('\n')}`);
});

test('a state comes back from its JSON as it was, and another form of it does not', () => {
  const { state } = told().given('TRIPS.wished', 'TRIPS.flightbooked', timePasses(2000), 'TRIPS.hotelcancelled');
  assert.ok(state);
  assert.deepEqual(decodeSagaState(encodeSagaState(state)), state);
  assert.equal(decodeSagaState(JSON.stringify({ ...state, version: 99 })), undefined);
  assert.equal(decodeSagaState('{}'), undefined);
});
