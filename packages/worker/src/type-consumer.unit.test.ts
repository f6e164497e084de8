import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done } from './handler.ts';
import { newStream, WorkerWorld } from './worker-world.fixture.ts';

test('an event that is delivered while the store is asked for its head is no sign of a restored log', async () => {
  const world = new WorkerWorld();
  let answer: (() => void) | undefined;
  const ask = world.reader.readLog.bind(world.reader);
  world.reader.readLog = async (log, after, options) => {
    const page = await ask(log, after, options);
    if (answer) return page;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return page;
  };
  const seen: number[] = [];
  const worker = await world.start(async ({ position }) => {
    seen.push(position);
    return done;
  });
  await world.time.until(() => answer !== undefined);
  await world.happen(newStream());
  await world.time.until(() => seen.length === 1);
  answer?.();
  await world.time.advance(2_000);
  assert.deepEqual(await worker.readiness.check(), { ok: true });
  await world.stop(worker);
});

test('a log that went back behind what was read of it halts its consumer, also when none of that was delivered', async () => {
  const world = new WorkerWorld();
  const seen: number[] = [];
  const worker = await world.start(async (event) => {
    seen.push(event.position);
    return done;
  });
  await world.append(); // and the broker never has it: the sweeper finds it
  await world.time.until(() => seen.length === 1);
  world.visibleTo = 0;
  await world.time.until(async () => {
    const readiness = await worker.readiness.check();
    return !readiness.ok && (readiness.nextStep ?? '').includes('log import TEST');
  });
  await world.stop(worker);
});
