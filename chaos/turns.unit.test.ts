/** Faults that take turns, without anything to break. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draw } from './draw.ts';
import type { Fault } from './faults/fault.ts';
import { notYetBegun, takeTurns } from './turns.ts';

const faultNamed = (name: string): Fault => ({ name, family: 'kill', lane: 'processes', inflict: async () => 1 });
const [early, late] = [faultNamed('early'), faultNamed('late')];
const planned = [early, late].map((fault) => ({ lane: fault.lane, fault, afterMs: 0, draw: new Draw('7') }));

/** What was begun, in order, when each fault happens as often as its next number says; it ends when those are used up. */
async function begun(once: boolean, happens: Readonly<Record<string, number[]>>) {
  const over = new AbortController();
  const counts = [early, late].map(notYetBegun);
  const names: string[] = [];
  await takeTurns(planned, {
    counts,
    once,
    over: over.signal,
    onFault: () => {},
    inflict: async ({ name }) => {
      names.push(name);
      const times = happens[name]?.shift();
      if (times === undefined) over.abort();
      return times ?? 0;
    },
  });
  return { names, fired: counts.map((count) => count.fired) };
}

test('a fault that did not come about gets another turn when each is to happen once', async () => {
  const { names, fired } = await begun(true, { early: [0, 0, 3], late: [1] });
  assert.deepEqual(names, ['early', 'early', 'early', 'late']);
  assert.deepEqual(fired, [1, 1]);
});

test('and has not happened when the run is over before it did', async () => {
  const { names, fired } = await begun(true, { early: [0], late: [1] });
  assert.deepEqual(names, ['early', 'early']);
  assert.deepEqual(fired, [0, 0]);
});

test('otherwise the next one comes, whatever happened', async () => {
  const { names, fired } = await begun(false, { early: [0], late: [1] });
  assert.deepEqual(names, ['early', 'late']);
  assert.deepEqual(fired, [0, 1]);
});
