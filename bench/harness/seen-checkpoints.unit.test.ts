import assert from 'node:assert/strict';
import { test } from 'node:test';
import { position } from '@eventstream/contracts';
import { SeenCheckpoints } from './seen-checkpoints.ts';

/** Position and time of each; all of generation 1. */
function seen(...checkpoints: readonly (readonly [number, number])[]): SeenCheckpoints {
  const all = new SeenCheckpoints();
  for (const [at, atMs] of checkpoints) all.saw({ generation: 1n, position: position(at) }, atMs);
  return all;
}
const reached = (all: SeenCheckpoints, ...positions: readonly number[]) =>
  positions.map((at) => all.reachedMs(position(at)));

test('an event is in the rows from the first checkpoint that is at or beyond it', () => {
  const all = seen([10, 100], [11, 103], [20, 106], [21, 109]);
  assert.deepEqual(reached(all, 9, 10, 11, 12, 20, 21), [100, 100, 103, 106, 106, 109]);
});

test('a checkpoint that has not moved counts from when it was seen first', () => {
  assert.deepEqual(reached(seen([10, 100], [20, 103], [20, 106], [30, 109]), 15, 20, 25), [103, 103, 109]);
});

test('an event beyond the last checkpoint is not in the rows yet', () => {
  assert.deepEqual(reached(seen([10, 100], [20, 103]), 20, 21), [103, undefined]);
  assert.deepEqual(reached(seen(), 1), [undefined]);
});

test('a checkpoint that goes back is refused', () => {
  assert.throws(() => seen([10, 100], [9, 103]), /went back from position 10 to 9/);
});

test('another live generation is refused, even one that is further', () => {
  const all = seen([10, 100]);
  assert.throws(() => all.saw({ generation: 2n, position: position(11) }, 103), /generation 2 is live, it was 1/);
});
