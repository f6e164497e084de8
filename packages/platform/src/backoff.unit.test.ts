import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backoff, backoffMs } from './backoff.ts';

const waits = (jitter: Backoff['jitter'], random: number): number[] =>
  [1, 2, 3, 4, 1_000].map((failures) =>
    backoffMs({ firstMs: 100, maxMs: 500, jitter, random: () => random }, failures),
  );

test('waits double up to the limit', () => assert.deepEqual(waits('none', 0), [100, 200, 400, 500, 500]));

test('half of a wait is random, or all of it, if asked for', () => {
  assert.deepEqual(waits('half', 0), [50, 100, 200, 250, 250]);
  assert.deepEqual(waits('full', 0), [0, 0, 0, 0, 0]);
  for (const jitter of ['half', 'full'] as const) assert.deepEqual(waits(jitter, 1), waits('none', 0));
});
