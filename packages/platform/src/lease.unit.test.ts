import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseRuns } from './lease.ts';

const runsUntil = (untilMs: number): boolean => leaseRuns({ untilMs, nowMs: 1_000, ttlMs: 100 });

test('a lease runs until its end', () => {
  assert.deepEqual([runsUntil(999), runsUntil(1_000), runsUntil(1_001), runsUntil(1_100)], [false, false, true, true]);
});

test('a lease that ends further ahead than twice its time does not count', () => {
  assert.deepEqual([runsUntil(1_200), runsUntil(1_201)], [true, false]);
});
