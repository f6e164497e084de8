import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog } from '@eventstream/platform';
import { Broadcast } from '../broadcast.ts';
import { FloorCollector } from './collector.ts';
import { DutyCycle } from './duty-cycle.ts';
import { lookOf } from './look.fixture.ts';

const log = createLog({ service: 'test', level: 'silent' });

function collector() {
  let looks = 0;
  const floors = new FloorCollector({
    look: async () => {
      looks += 1;
      return lookOf({ tickMs: performance.now(), atMs: looks });
    },
    count: async () => ({ countedAtMs: 0, orders: 0, byStatus: [], money: [] }),
    burst: () => null,
    log,
    everyMs: 20,
    idleEveryMs: 60_000,
  });
  return { floors, looks: () => looks };
}

describe('the floor', () => {
  test('is looked at once for all who watch, and seldom when nobody does', async () => {
    const { floors, looks } = collector();
    await floors.start();
    await floors.now();
    const before = looks();
    const watching = Array.from({ length: 50 }, () => floors.floors()[Symbol.asyncIterator]());
    for (let round = 0; round < 4; round += 1) {
      const seen = await Promise.all(watching.map((one) => one.next()));
      assert.equal(new Set(seen.map(({ value }) => value?.atMs)).size, 1, 'all see the same look');
    }
    assert.ok(looks() - before <= 4, `${looks() - before} looks for 4 rounds of 50 listeners`);
    await Promise.all(watching.map((one) => one.return?.()));
    await floors.stop();
  });

  test('goes on when a look fails', async () => {
    let fails = true;
    const floors = new FloorCollector({
      look: async () => {
        if (fails) throw new Error('no');
        return lookOf({ tickMs: performance.now() });
      },
      count: () => Promise.reject(new Error('no')),
      burst: () => null,
      log,
      everyMs: 5,
      idleEveryMs: 5,
    });
    await floors.start();
    await assert.rejects(floors.now(), /could not be looked at/);
    fails = false;
    const [first] = [await floors.floors()[Symbol.asyncIterator]().next()];
    assert.equal(first.value?.counters, null);
    await floors.stop();
  });
});

test('costly work runs for its share of the time: what took long waits long', async () => {
  const cycle = new DutyCycle(0.02);
  let nowMs = 0;
  let runs = 0;
  const run = (): Promise<void> =>
    cycle.runWhenDue(
      () => nowMs,
      async () => {
        runs += 1;
        nowMs += 10;
      },
    );
  await run();
  for (; nowMs < 499; nowMs += 50) await run();
  assert.equal(runs, 1);
  nowMs = 500;
  await run();
  assert.equal(runs, 2);
});

describe('a broadcast', () => {
  test('gives a slow listener the latest value, and queues nothing for it', async () => {
    const broadcast = new Broadcast<number>();
    const slow = broadcast.listen()[Symbol.asyncIterator]();
    for (const value of [1, 2, 3]) broadcast.send(value);
    assert.equal((await slow.next()).value, 3);
    const waiting = slow.next();
    broadcast.send(4);
    assert.equal((await waiting).value, 4);
  });

  test('counts who listens', async () => {
    const broadcast = new Broadcast<number>();
    const one = broadcast.listen()[Symbol.asyncIterator]();
    assert.equal(broadcast.listeners, 1);
    await one.return?.();
    await one.return?.();
    assert.equal(broadcast.listeners, 0);
    assert.equal((await one.next()).done, true);
  });
});
