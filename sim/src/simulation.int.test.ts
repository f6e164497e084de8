import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callFaults } from './faults/faults.ts';
import { type SafeguardName, safeguardNames, safeguards } from './faults/safeguards.ts';
import { runWorld } from './run/run-world.ts';
import { runWorlds } from './run/run-worlds.ts';
import { shrink } from './run/shrink.ts';
import type { WorldResult } from './world/world.ts';

const worlds = 300;
/** Without a safeguard, one of so many worlds has to break. */
const searchedMax = 400;

/** The first world without a safeguard that breaks one of the promises it is there for. */
async function firstBroken(lacks: SafeguardName): Promise<WorldResult | undefined> {
  const { breaks } = safeguards[lacks];
  for (let seed = 1; seed <= searchedMax; seed += 1) {
    const result = await runWorld({ seed, lacks });
    const promise = result.broken?.promise;
    if (promise !== undefined && breaks.some((expected) => promise.startsWith(expected))) return result;
  }
  return undefined;
}

describe('the simulation', () => {
  test(`keeps every promise in ${worlds} worlds, in which every kind of fault happens`, async () => {
    const result = await runWorlds({ from: 1, worlds, threads: 1 });
    assert.deepEqual(result.brokenWorlds, []);
    assert.equal(result.worlds, worlds);
    const counted = [...result.tallies.keys()];
    for (const says of Object.values(callFaults))
      assert.ok(
        counted.some((name) => name.endsWith(says)),
        says,
      );
  });

  for (const name of safeguardNames) {
    const { means, breaks } = safeguards[name];
    test(`finds a broken world when ${means}`, async (context) => {
      const found = await firstBroken(name);
      assert.ok(found?.broken, `none of ${searchedMax} worlds without ${name} breaks ${breaks.join(' or ')}`);
      context.diagnostic(`world ${found.seed}: promise ${found.broken.promise}: ${found.broken.message.slice(0, 200)}`);
    });
  }

  test('shrinks a broken world to a few faults, and tells the same story each time', async () => {
    const lacks = 'tombstone';
    const found = await firstBroken(lacks);
    assert.ok(found?.broken);
    const { leftOut, result } = await shrink({ seed: found.seed, lacks }, found);
    assert.equal(result.broken?.promise, found.broken.promise);
    assert.ok(result.orders <= found.orders);
    assert.ok(result.faults.length < found.faults.length, `${result.faults.length} of ${found.faults.length} faults`);
    const again = await runWorld({ seed: found.seed, lacks, leftOut, isTold: true });
    assert.deepEqual(again.story, result.story);
  });
});
