import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import type { ConsumerLag } from '@eventstream/messaging';
import { createLogger } from '@eventstream/platform';
import { LagGate } from './deadline-gate.ts';

const lag = (pending: number, deliveredTo: number): ConsumerLag => ({
  pending,
  unsettled: 0,
  redelivered: 0,
  deliveredTo: position(deliveredTo),
});

/** A gate whose surroundings and time are in the test's hand; everybody keeps up to begin with. */
function gate() {
  let nowMs = 1_000_000;
  const world: {
    head: number;
    readTo: number;
    copyLast: number | undefined;
    payment: ConsumerLag | undefined;
    triedTo?: number;
  } = {
    head: 10,
    readTo: 10,
    copyLast: 10,
    payment: lag(0, 10),
  };
  const judge = new LagGate({
    sources: {
      head: async () => position(world.head),
      readTo: async () => position(world.readTo),
      copyLast: async () => (world.copyLast === undefined ? undefined : position(world.copyLast)),
      consumerLag: async (name) => (name === 'payer' ? world.payment : undefined),
      triedTo: async (name) => (name === 'payer' && world.triedTo !== undefined ? position(world.triedTo) : undefined),
    },
    consumers: { payment: 'payer', review: 'reviewer' },
    settleMs: 2000,
    scheduler: { nowMs: () => nowMs, after: () => () => {} },
    logger: createLogger({ service: 'test', level: 'silent' }),
    sampleMs: 500,
  });
  const passes = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      nowMs += Math.min(500, left);
      await judge.sample();
    }
  };
  const may = async (): Promise<readonly boolean[]> => [
    await judge.mayJudge('payment'),
    await judge.mayJudge('review'),
  ];
  return { world, may, passes, hangs: (ms: number) => void (nowMs += ms) };
}

describe('deadlines', () => {
  test('are judged only after everybody has kept up for a while', async () => {
    const { may, passes } = gate();
    assert.deepEqual(await may(), [false, false]);
    await passes(2000);
    assert.deepEqual(await may(), [false, false]);
    await passes(500);
    assert.deepEqual(await may(), [true, true]);
  });

  test('are judged while events are on their way', async () => {
    const { world, may, passes } = gate();
    await passes(5000);
    for (let second = 0; second < 5; second += 1) {
      const before = world.head;
      world.head += 1000;
      await passes(500);
      assert.deepEqual(await may(), [true, true]);
      Object.assign(world, { readTo: before, copyLast: before, payment: lag(300, before) });
      await passes(1500);
      Object.assign(world, { readTo: world.head, copyLast: world.head, payment: lag(0, world.head) });
    }
    assert.deepEqual(await may(), [true, true]);
  });

  for (const [who, change] of Object.entries({
    'the coordinator': { readTo: 9 },
    'the relay': { copyLast: 9 },
    'a broker without a copy': { copyLast: undefined },
  })) {
    test(`are not judged while ${who} is behind, nor at once afterwards`, async () => {
      const { world, may, passes } = gate();
      await passes(5000);
      Object.assign(world, change);
      await passes(500);
      assert.deepEqual(await may(), [false, false]);
      Object.assign(world, { readTo: 10, copyLast: 10 });
      await passes(2000);
      assert.deepEqual(await may(), [false, false]);
      await passes(500);
      assert.deepEqual(await may(), [true, true]);
    });
  }

  test('of one step are not judged while its consumer is behind; those of others are', async () => {
    const { world, may, passes } = gate();
    await passes(5000);
    world.payment = lag(3, 5);
    await passes(500);
    assert.deepEqual(await may(), [false, true]);
  });

  test('are not judged while work is not tried that the broker has evicted, or handed to a worker that hangs', async () => {
    const { world, may, passes } = gate();
    world.triedTo = 10;
    await passes(5000);
    Object.assign(world, { head: 20, readTo: 20, copyLast: 20, payment: lag(0, 20) });
    await passes(59_000);
    assert.deepEqual(await may(), [true, true]);
    await passes(2000);
    assert.deepEqual(await may(), [false, true]);
    world.triedTo = 20;
    await passes(2500);
    assert.deepEqual(await may(), [true, true]);
  });

  test('are not judged after a start before all is tried that there was already', async () => {
    const { world, may, passes } = gate();
    world.triedTo = 9;
    await passes(5000);
    assert.deepEqual(await may(), [false, true]);
    world.triedTo = 10;
    await passes(2500);
    assert.deepEqual(await may(), [true, true]);
  });

  test('of a step with a consumer that we do not know are judged', async () => {
    const { world, may, passes } = gate();
    world.payment = undefined;
    await passes(3000);
    assert.deepEqual(await may(), [true, true]);
  });

  test('are not judged when nobody has looked for a while', async () => {
    const { may, passes, hangs } = gate();
    await passes(5000);
    hangs(10_000);
    assert.deepEqual(await may(), [false, false]);
  });
});
