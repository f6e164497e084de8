import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownerOf, wordsOf } from './status-words.ts';

describe('a number of the status', () => {
  test('is said in words, and of the consumer that it is about', () => {
    const labels = 'consumer="paymentworker-created"';
    const number = { process: 'paymentworker', name: 'worker_waiting', labels, value: 3 };
    assert.deepEqual([wordsOf(number), ownerOf(number)], ['work to be tried again', 'paymentworker-created']);
  });

  test('is said of its process when its labels name nothing that belongs to that one', () => {
    const number = { process: 'eventstoresvc', name: 'relay_lag_events', labels: 'log="ORDERS"', value: 3 };
    assert.deepEqual([wordsOf(number), ownerOf(number)], ['events not at the broker yet', 'eventstoresvc']);
  });

  test('is called by its name when nobody has found words for it', () =>
    assert.equal(wordsOf({ name: 'new_lag_events', labels: '', value: 3 }), 'new_lag_events'));
});
