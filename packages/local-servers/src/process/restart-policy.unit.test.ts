import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartDelayMs } from './restart-policy.ts';

const policy = { firstMs: 100, maxMs: 1_000, stableMs: 30_000 };

test('the wait doubles with every restart and stops at the maximum', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((restart) => restartDelayMs(restart, policy, 0.999_999));
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000]);
});

test('half of the wait is random', () => {
  assert.equal(restartDelayMs(3, policy, 0), 200);
  assert.equal(restartDelayMs(3, policy, 0.5), 300);
});

test('a thousandth restart still waits a finite time', () => {
  assert.equal(restartDelayMs(1_000, policy, 0), 500);
});
