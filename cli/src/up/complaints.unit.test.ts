import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complaintsOf } from './complaints.ts';

describe('what is wrong with a process', () => {
  test('is said once, though its supervisor heard of it too, and names who says so', () => {
    const complaints = complaintsOf({
      name: 'w',
      reason: 'event store: no answer within 2000 ms; w-created: w-created waits',
      troubles: [
        { name: 'event store', reason: 'no answer within 2000 ms' },
        { name: 'w-created', reason: 'w-created waits', nextStep: 'it goes on by itself' },
        { name: 'w dead letters', reason: '2 orders are parked' },
      ],
    });
    assert.deepEqual(complaints, [
      { says: 'event store: no answer within 2000 ms', nextStep: undefined },
      { says: 'w-created waits', nextStep: 'it goes on by itself' },
      { says: '2 orders are parked', nextStep: undefined },
    ]);
  });

  test('is what its supervisor heard while it says nothing itself, and where to read more', () => {
    assert.deepEqual(complaintsOf({ name: 'postgres', reason: 'ended with code 1', troubles: [] }), [
      { says: 'ended with code 1', nextStep: 'see what it wrote: `npx eventstream logs postgres`' },
    ]);
    assert.deepEqual(complaintsOf({ name: 'w', troubles: [{ name: '', reason: 'does not answer' }] }), [
      { says: 'does not answer', nextStep: 'see what it wrote: `npx eventstream logs w`' },
    ]);
    assert.deepEqual(complaintsOf({ name: 'w', troubles: [] }), []);
  });
});
