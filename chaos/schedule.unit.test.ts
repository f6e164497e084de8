import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Draw } from './draw.ts';
import { catalogue } from './faults/catalogue.ts';
import { lanes } from './faults/fault.ts';
import { plan } from './schedule.ts';

function begins(seed: string, lane: (typeof lanes)[number], count: number) {
  const planned = plan(lane, catalogue(false), { seed: new Draw(seed), once: false });
  return Array.from({ length: count }, () => {
    const { value } = planned.next();
    assert(value);
    return { name: value.fault.name, afterMs: value.afterMs, drawn: value.draw.next() };
  });
}

describe('the schedule', () => {
  for (const lane of lanes)
    test(`of ${lane} has every fault once before it has one twice`, () => {
      const own = catalogue(false).filter((fault) => fault.lane === lane);
      const names = begins('7', lane, own.length * 2).map(({ name }) => name);
      for (const round of [names.slice(0, own.length), names.slice(own.length)])
        assert.deepEqual(round.toSorted(), own.map(({ name }) => name).toSorted());
    });

  test('ends after every fault has come once, when that is asked for', () => {
    const planned = lanes.flatMap((lane) => [...plan(lane, catalogue(true), { seed: new Draw('7'), once: true })]);
    const names = (faults: readonly { readonly name: string }[]): string[] => faults.map(({ name }) => name).toSorted();
    assert.deepEqual(names(planned.map(({ fault }) => fault)), names(catalogue(true)));
  });

  test('is the same for the same seed, whatever is drawn elsewhere, and another one for another', () => {
    const first = begins('7', 'surroundings', 50);
    assert.deepEqual(begins('7', 'surroundings', 50), first);
    assert.notDeepEqual(
      begins('8', 'surroundings', 50).map(({ name }) => name),
      first.map(({ name }) => name),
    );
  });

  test('has no two faults of one name', () => {
    for (const cluster of [true, false]) {
      const names = catalogue(cluster).map(({ name }) => name);
      assert.equal(new Set(names).size, names.length);
    }
  });
});
