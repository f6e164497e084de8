import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SagaDescription } from '@eventstream/saga';
import { ago, sagaDetails, sagaTable } from './show-saga.ts';

const nowMs = Date.parse('2026-01-01T12:00:00.000Z');
const saga: SagaDescription = {
  saga: 'fulfilment',
  stream: 'order-1',
  correlation: null,
  status: 'undoing',
  reason: 'review_timeout',
  startedAtMs: nowMs - 7_200_000,
  sinceMs: nowMs - 3_600_000,
  steps: [
    { name: 'payment', kind: 'toUndo', sinceMs: nowMs - 7_100_000, dueMs: null },
    { name: 'review', kind: 'running', sinceMs: nowMs - 7_000_000, dueMs: nowMs + 90_000 },
  ],
  done: [],
  current: 'review',
  remaining: ['payment'],
  next: { kind: 'askUndo', step: 'payment', dueMs: nowMs - 30_000 },
  isStuck: true,
  attempts: 3,
  lastError: 'no answer',
};

test('a table of sagas says since when, what comes next, and what is stuck', () => {
  const [, line = ''] = sagaTable([saga], nowMs).split('\n');
  assert.equal(
    line.replaceAll(/ {2,}/g, ' | '),
    'order-1 | undoing (review_timeout) STUCK | 1h | - | review | payment | askUndo of payment due for 30s',
  );
});

test('a narrow terminal shows what is now and next of each saga, and leaves what is done and to come to the saga itself', () =>
  assert.deepEqual(sagaTable([saga], nowMs, 50).split('\n'), [
    'order    status                          for',
    '  now     next',
    'order-1  undoing (review_timeout) STUCK  1h',
    '  review  askUndo of payment due for 30s',
  ]));

test('one saga is shown with its steps, deadlines and failures', () => {
  const text = sagaDetails(saga, nowMs);
  assert.match(text, /attempts: 3, last: no answer/);
  assert.match(text, /payment +to be undone +2026-01-01T10:01:40.000Z +-/);
  assert.match(text, /review +under way .* 2026-01-01T12:01:30.000Z, in 1m/);
});

test('an age is told in its largest unit', () =>
  assert.deepEqual([0, 59_000, 60_000, 86_400_000 * 3].map(ago), ['0s', '59s', '1m', '3d']));
