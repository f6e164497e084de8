import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MachineLeak, withoutMachine } from '../run/machine.ts';
import { runWorld } from '../run/run-world.ts';

describe('a simulated world', () => {
  test('is the same each time, whatever ran before it in the same process', async () => {
    const alone = await runWorld({ seed: 7 });
    for (const seed of [8, 9, 10]) await runWorld({ seed });
    const again = await runWorld({ seed: 7 });
    const told = await runWorld({ seed: 7, isTold: true });
    assert.deepEqual([again.fingerprint, again.faults], [alone.fingerprint, alone.faults]);
    assert.equal(told.fingerprint, alone.fingerprint, 'being told changes nothing');
    assert.ok(told.story.length > 50);
  });

  test('differs from seed to seed', async () => {
    const fingerprints = new Set<string>();
    for (let seed = 1; seed <= 20; seed += 1) fingerprints.add((await runWorld({ seed })).fingerprint);
    assert.equal(fingerprints.size, 20);
  });

  test('loses only what is left out of it', async () => {
    const whole = await runWorld({ seed: 1 });
    const [first, second] = whole.faults;
    assert.ok(first && second);
    const without = await runWorld({ seed: 1, leftOut: new Set([first.place]) });
    const places = without.faults.map(({ place }) => place);
    assert.ok(!places.includes(first.place));
    assert.ok(places.includes(second.place), 'the next fault happens at the same place');
    const nobody = await runWorld({ seed: 1, leftOut: new Set(['order 1', 'order 2', 'order 3', 'order 4']) });
    assert.equal(nobody.events, 0);
  });

  test('has no machine: whoever asks for its time, timers or chance is told so', async () => {
    const asking = [() => Date.now(), () => Math.random(), () => performance.now(), () => setTimeout(() => {}, 1)];
    for (const ask of asking)
      await assert.rejects(
        withoutMachine(async () => ask()),
        MachineLeak,
      );
    assert.ok(Date.now() > 0, 'and gets it back afterwards');
  });
});
