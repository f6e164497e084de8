import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { Broadcast } from '../broadcast.ts';
import { FloorCollector } from './collector.ts';
import { DutyCycle } from './duty-cycle.ts';
import { lookOf } from './look.fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

const everyMs = 20;

function collector() {
  let looks = 0;
  const floors = new FloorCollector({
    look: async () => {
      looks += 1;
      return lookOf({ tickMs: performance.now(), atMs: looks });
    },
    count: async () => ({ countedAtMs: 0, orders: 0, byStatus: [], money: [] }),
    burst: () => null,
    logger,
    everyMs,
    idleEveryMs: 60_000,
  });
  return { floors, looks: () => looks };
}

describe('the floor', () => {
  test('is looked at once for all who watch, and seldom when nobody does', async (t) => {
    const { floors, looks } = collector();
    t.after(() => floors.stop());
    await floors.start();
    await floors.now();
    const before = looks();
    const beganMs = performance.now();
    const watching = Array.from({ length: 50 }, () => floors.floors()[Symbol.asyncIterator]());
    for (let round = 0; round < 4; round += 1) {
      const seen = await Promise.all(watching.map((one) => one.next()));
      assert.equal(new Set(seen.map(({ value }) => value?.atMs)).size, 1, 'all see the same look');
    }
    const inPace = (performance.now() - beganMs) / everyMs + 2;
    assert.ok(looks() - before <= inPace, `${looks() - before} looks, where one listener would have ${inPace}`);
    for (const one of watching) await one.return?.();
  });

  test('goes on when a look fails', async (t) => {
    let fails = true;
    const floors = new FloorCollector({
      look: async () => {
        if (fails) throw new Error('no');
        return lookOf({ tickMs: performance.now() });
      },
      count: () => Promise.reject(new Error('no')),
      burst: () => null,
      logger,
      everyMs: 5,
      idleEveryMs: 5,
    });
    t.after(() => floors.stop());
    await floors.start();
    await assert.rejects(floors.now(), /could not be looked at/);
    fails = false;
    const [first] = [await floors.floors()[Symbol.asyncIterator]().next()];
    assert.equal(first.value?.counters, null);
  });
});

test('orders are counted again as soon as the database is back, however long a count waited for it', async (t) => {
  let nowMs = 0;
  let isAway = false;
  let counts = 0;
  const hung = Promise.withResolvers<void>();
  const floors = new FloorCollector({
    look: async () =>
      lookOf({ tickMs: performance.now(), postgres: isAway ? { ok: false, reason: 'no' } : { ok: true } }),
    count: async () => {
      counts += 1;
      if (counts === 1) await hung.promise;
      return { countedAtMs: counts, orders: 0, byStatus: [], money: [] };
    },
    burst: () => null,
    logger,
    everyMs: 5,
    idleEveryMs: 5,
    tickMs: () => nowMs,
  });
  t.after(() => floors.stop());
  await floors.start();
  const watching = floors.floors()[Symbol.asyncIterator]();
  const look = async () => (await watching.next()).value?.counters?.countedAtMs;
  await look();
  isAway = true;
  await look();
  nowMs = 20_000;
  hung.resolve();
  for (let seen = await look(); seen !== 1; seen = await look());
  for (let looks = 0; looks < 10; looks += 1) await look();
  assert.equal(counts, 1, 'nobody is asked who is away');
  isAway = false;
  let looks = 0;
  for (let seen = await look(); seen !== 2 && looks < 50; seen = await look()) looks += 1;
  assert.ok(counts > 1, 'the 20 s in which nothing worked are not waited for 49 times');
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
