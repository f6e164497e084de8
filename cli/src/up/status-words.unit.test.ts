import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerOf, wordsOf } from './status-words.ts';

test('a number of the status is said in words, with whose it is', () => {
  const sample = { name: 'worker_waiting', labels: 'consumer="paymentworker-created"', value: 3 };
  assert.deepEqual(
    [wordsOf(sample), ownerOf(sample)],
    ['work that waits for another attempt', 'paymentworker-created'],
  );
});

test('a number that nobody has found words for is called by its name', () => {
  const sample = { name: 'new_lag_events', labels: '', value: 3 };
  assert.deepEqual([wordsOf(sample), ownerOf(sample)], ['new_lag_events', '-']);
});
