import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, retry } from './handler.ts';
import { newStream, recorder, testConsumer, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker', () => {
  test('does not lose a failed attempt when its database is away, and goes on when it is back', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder(async () => (seen.length < 3 ? retry(0, 'not yet') : done));
    const worker = await world.start(handler);
    world.ledgerAvailable = false;
    await world.happen(newStream());
    await world.time.advance(60_000);
    assert.equal((await worker.checks[0].check()).ok, false);
    world.ledgerAvailable = true;
    await world.time.until(async () => (await worker.checks[0].check()).ok);
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 0);
    assert.ok(seen.length >= 3);
    await world.stop(worker);
  });

  test('looks at every event again when its database was reset, also at work that had waited in it', async () => {
    const world = new WorkerWorld();
    let isMended = false;
    const { seen, handler } = recorder(async () => (seen.length === 2 && !isMended ? retry(3_600_000, 'later') : done));
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 1);
    await world.untilMarkIs(2);
    isMended = true;
    world.resetLedger();
    await world.time.until(() => seen.length === 4, 20_000);
    assert.deepEqual(seen, [1, 2, 1, 2]);
    await world.untilMarkIs(2);
    await world.stop(worker);
  });

  test('looks at every event again at once, also when its database is lost again while it begins', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.untilMarkIs(1);
    world.resetLedger();
    world.failsOnce.add('endDryRuns');
    // Sooner than what the broker should have delivered is believed to be missing.
    await world.time.until(() => seen.length === 2, 20_000);
    assert.deepEqual(seen, [1, 1]);
    await world.stop(worker);
  });
});

describe('a worker that starts while its database fails', () => {
  test('gets its deliveries although its mark could not be saved (simulated world 1047)', async () => {
    const world = new WorkerWorld();
    const seen: number[] = [];
    world.failsOnce.add('saveMark');
    const worker = await world.start(async (event) => {
      seen.push(event.position);
      return done;
    });
    await world.happen(newStream());
    await world.time.until(() => seen.length === 1, 5_000); // the sweeper would find it after 35 s
    await world.stop(worker);
  });
});
