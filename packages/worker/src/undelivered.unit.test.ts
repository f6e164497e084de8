import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done } from './handler.ts';
import { newStream, recorder, testConsumer, testLog, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker', () => {
  test('does from the store what the broker never delivers', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.append();
    await world.append();
    await world.time.until(() => seen.length === 2);
    assert.deepEqual(seen, [1, 2]);
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 2);
    await world.publish();
    await world.time.advance(60_000);
    assert.deepEqual(seen, [1, 2], 'a late delivery is recognised');
    await world.stop(worker);
  });

  test('finds the one event that the broker passed by', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    world.holes.add(2);
    await world.happen(newStream(), newStream(), newStream());
    await world.time.until(() => seen.length === 3);
    assert.deepEqual(seen, [1, 3, 2]);
    await world.stop(worker);
  });

  test('finds what the broker passed by behind the last event, also while it delivers older ones again and again', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    world.broker.faults.arm('loseSettlement', 1_000);
    world.holes.add(2);
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 2, 120_000);
    assert.deepEqual(seen, [1, 2]);
    await world.stop(worker);
  });

  test('leaves to the broker what it is merely late with', async () => {
    const world = new WorkerWorld();
    const busy = Promise.withResolvers<void>();
    const { seen, handler } = recorder(async () => busy.promise.then(() => done));
    const worker = await world.start(handler, { unsettledMax: 1, attemptMs: 3_600_000 });
    await world.happen(newStream(), newStream(), newStream());
    await world.time.advance(300_000);
    assert.equal((await world.ledger.stuck(testConsumer)).waiting, 0);
    busy.resolve();
    await world.time.until(() => seen.length === 3, 5_000);
    await world.stop(worker);
  });

  test('goes on from the store when the broker has lost everything, and from the broker when it is back', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 2);
    world.broker.loseStream(testLog);
    await world.append();
    await world.time.until(() => seen.length === 3);
    await world.happen(newStream());
    await world.time.until(() => seen.length === 4);
    assert.deepEqual(seen, [1, 2, 3, 4]);
    await world.stop(worker);
  });
});

test('each of many events that the broker passed by here and there is found, and none of the others again', async () => {
  const world = new WorkerWorld();
  const { seen, handler } = recorder();
  const worker = await world.start(handler);
  const passedBy = [2, 3, 5, 17, 18, 19, 40];
  for (const at of passedBy) world.holes.add(at);
  await world.happen(...Array.from({ length: 41 }, newStream));
  await world.time.until(() => seen.length === 41);
  await world.time.advance(120_000);
  assert.deepEqual(
    seen.slice(-passedBy.length).toSorted((one, other) => one - other),
    passedBy,
  );
  assert.equal(new Set(seen).size, seen.length);
  await world.stop(worker);
});

test('an event that is delivered while the sweeper reads it from the store is handled once', async () => {
  const world = new WorkerWorld();
  const { seen, handler } = recorder();
  const worker = await world.start(handler);
  const gate = Promise.withResolvers<void>();
  let isAsked = false;
  const ask = world.reader.readLog.bind(world.reader);
  world.reader.readLog = async (...asked) => {
    isAsked = true;
    await gate.promise;
    return ask(...asked);
  };
  await world.append(); // and the broker has it only when the sweeper has found it missing
  await world.time.until(() => isAsked);
  await world.publish();
  await world.time.until(() => seen.length === 1);
  gate.resolve();
  await world.time.advance(60_000);
  assert.deepEqual(seen, [1]);
  await world.stop(worker);
});
