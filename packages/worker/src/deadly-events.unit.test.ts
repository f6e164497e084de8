/** Who is to blame when a process ends again and again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, InfrastructureFault } from './handler.ts';
import { newStream, recorder, testConsumer, testLog, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker whose process ends again and again', () => {
  test('catches an event that ends its process: attempts are counted before they begin', async () => {
    const world = new WorkerWorld();
    const killer = newStream();
    // A process that dies in a handler neither answers nor throws; the next process gets the event again.
    const { seen, handler } = recorder((event) =>
      event.stream === killer ? new Promise(() => {}) : Promise.resolve(done),
    );
    await world.happen(killer);
    const limits = { crashesMax: 3, attemptMs: 3_600_000 };
    for (let life = 0; life < 3; life += 1) {
      const worker = await world.start(handler, limits);
      await world.time.until(() => seen.length === life + 1);
      await worker.kill();
    }
    const worker = await world.start(handler, limits);
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    const [letter] = await world.desk.list({ limit: 1 });
    assert.match(letter?.reason ?? '', /never ended/);
    assert.equal(seen.length, 3);
    await world.stop(worker);
  });

  test('blames no bystander for an event that ends its process again and again', async () => {
    const world = new WorkerWorld();
    const killer = newStream();
    let dying = false;
    const { seen, handler } = recorder((event) => {
      dying ||= event.stream === killer;
      return dying ? new Promise(() => {}) : Promise.resolve(done);
    });
    const bystanders = Array.from({ length: 8 }, newStream);
    await world.happen(killer, ...bystanders);
    const limits = { attemptMs: 3_600_000, atOnceMax: 3 };
    const letters = () => world.desk.list({ limit: 10 });
    for (let life = 0; (await letters()).length === 0; life += 1) {
      assert.ok(life < 10, 'the killer is a dead letter after a handful of crashes');
      dying = false;
      const worker = await world.start(handler, limits);
      // Dies as soon as the killer is begun, with whatever else was in hand.
      await world.time.until(async () => dying || (await letters()).length > 0);
      await worker.kill();
    }
    dying = false;
    const worker = await world.start(handler, limits);
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 0);
    await world.time.until(() => new Set(seen).size === 9);
    assert.deepEqual(
      (await letters()).map((letter) => letter.stream),
      [killer],
    );
    await world.stop(worker);
  });

  test('blames no event for the ends of its process while what it needs does not answer', async () => {
    const world = new WorkerWorld();
    let isThere = false;
    const { seen, handler } = recorder(async () => {
      if (!isThere) throw new InfrastructureFault('the gateway is down');
      return done;
    });
    await world.happen(newStream());
    for (let life = 0; life < 8; life += 1) {
      const begun = seen.length;
      const worker = await world.start(handler);
      await world.time.until(() => seen.length > begun + 1);
      await worker.kill();
    }
    isThere = true;
    const worker = await world.start(handler);
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).streams.length === 0);
    assert.deepEqual(await world.desk.list({ limit: 1 }), []);
    await world.stop(worker);
  });

  test('does at once, in its next life, what it had in hand, and leaves what was settled alone', async () => {
    const world = new WorkerWorld();
    let isDying = false;
    const { seen, attempts, handler } = recorder(() => (isDying ? new Promise(() => {}) : Promise.resolve(done)));
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 1);
    isDying = true;
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 3);
    await worker.kill();
    isDying = false;
    const next = await world.start(handler);
    await world.time.until(() => seen.length === 5, 2_000); // the broker would wait for 30 s, the sweeper for 35 s
    await world.time.advance(120_000);
    assert.deepEqual(seen, [1, 2, 3, 2, 3]);
    assert.deepEqual(attempts, [1, 1, 1, 2, 2]);
    await world.stop(next);
  });

  test('does twice, and loses nothing, what another process still has in hand', async () => {
    const world = new WorkerWorld();
    const held = Promise.withResolvers<void>();
    const { seen, handler } = recorder(async () => held.promise.then(() => done));
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 2);
    const other = await world.start(handler);
    await world.time.until(() => seen.length === 4, 2_000);
    held.resolve();
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 0);
    await world.happen(newStream());
    await world.time.until(() => seen.length === 5);
    assert.deepEqual(await world.desk.list({ limit: 1 }), []);
    await world.stop(worker);
    await world.stop(other);
  });
});
