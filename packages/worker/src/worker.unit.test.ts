import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metrics } from '@eventstream/platform';
import { deadLetter, done, InfrastructureFault, retry } from './handler.ts';
import { newStream, recorder, testConsumer, testLog, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker', () => {
  test('handles what the broker delivers, once, without leaving a row', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream(), newStream());
    await world.time.advance(60_000);
    assert.deepEqual(seen, [1, 2, 3]);
    const { waiting, openDeadLetters } = await world.ledger.stuck(testConsumer);
    assert.deepEqual({ waiting, openDeadLetters }, { waiting: 0, openDeadLetters: 0 });
    assert.equal((await world.ledger.loadMark(testConsumer, testLog))?.position, 3);
    assert.deepEqual(await worker.checks[0].check(), { ok: true });
    await world.stop(worker);
  });

  test('tries again what asks for it, later each time, and lets other streams go on', async () => {
    const world = new WorkerWorld();
    const stuck = newStream();
    const times: number[] = [];
    const { seen, handler } = recorder(async (event, { attempt }) => {
      if (event.stream !== stuck) return done;
      times.push(world.time.nowMs());
      return attempt < 4 ? retry(0, 'not yet') : done;
    });
    const worker = await world.start(handler);
    await world.happen(stuck, newStream());
    await world.time.until(() => times.length === 4);
    assert.deepEqual(seen, [1, 2, 1, 1, 1]);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(
      waits.every((wait, index) => wait > (waits[index - 1] ?? 0)),
      `waits grow: ${waits.join(' ')}`,
    );
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 0);
    await world.stop(worker);
  });

  test('tries again at once also what it claims before it has heard that it waits', async () => {
    const world = new WorkerWorld();
    const { seen, attempts, handler } = recorder(async (_event, { attempt }) => (attempt < 2 ? retry(0, 'no') : done));
    const heard = Promise.withResolvers<void>();
    world.waitGate = heard.promise;
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.time.advance(3_000);
    heard.resolve();
    await world.time.until(() => seen.length === 2, 2_000); // its lease would last for 30 s
    assert.deepEqual(attempts, [1, 2]);
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 0);
    await world.stop(worker);
  });

  test('keeps later events of a stream behind one that waits, and handles them in order', async () => {
    const world = new WorkerWorld();
    const stream = newStream();
    let fails = 2;
    const { seen, handler } = recorder(async (event) => (event.revision === 1 && fails-- > 0 ? retry(0, 'no') : done));
    const worker = await world.start(handler);
    await world.happen(stream, stream, stream);
    await world.time.until(() => seen.length === 5);
    assert.deepEqual(seen, [1, 1, 1, 2, 3]);
    await world.stop(worker);
  });

  test('makes a dead letter at once of what can never work, and parks the rest of its stream until it is redriven', async () => {
    const world = new WorkerWorld();
    const poisoned = newStream();
    let mended = false;
    const { seen, handler } = recorder(async (event) =>
      event.stream === poisoned && event.revision === 1 && !mended ? deadLetter('cannot be read') : done,
    );
    const worker = await world.start(handler);
    await world.happen(poisoned, newStream(), poisoned);
    await world.time.advance(10_000);
    assert.deepEqual(seen, [1, 2], 'the third event waits behind the first');
    const [letter] = await world.desk.list({ state: 'open', limit: 10 });
    assert.equal(letter?.reason, 'cannot be read');
    assert.equal(letter.attempts, 1);
    mended = true;
    assert.deepEqual(await world.desk.redrive(letter.id, { by: 'operator:test', why: 'deployed a fix' }), {
      kind: 'decided',
    });
    await world.time.until(() => seen.length === 4);
    assert.deepEqual(seen, [1, 2, 1, 3]);
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).streams.length === 0);
    await world.stop(worker);
  });

  test('goes on behind a dead letter that was discarded, and never handles that one again', async () => {
    const world = new WorkerWorld();
    const poisoned = newStream();
    const { seen, handler } = recorder(async (event) => (event.revision === 1 ? deadLetter('never') : done));
    const worker = await world.start(handler);
    await world.happen(poisoned, poisoned);
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    const [letter] = await world.desk.list({ limit: 1 });
    await world.desk.discard(letter?.id ?? '', { by: 'operator:test', why: 'a test order' });
    await world.time.until(() => seen.length === 2);
    assert.deepEqual(seen, [1, 2]);
    await world.stop(worker);
    const again = await world.start(handler);
    await world.time.advance(120_000);
    assert.deepEqual(seen, [1, 2]);
    await world.stop(again);
  });

  test('makes a dead letter of a handler that keeps throwing, with its stack', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder(async () => {
      throw new TypeError('nobody foresaw this');
    });
    const worker = await world.start(handler, { attemptsMax: 3 });
    await world.happen(newStream());
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    const [letter] = await world.desk.list({ limit: 1 });
    assert.equal(seen.length, 3);
    assert.match(letter?.reason ?? '', /nobody foresaw this \(3 attempts\)/);
    assert.match(letter?.stack ?? '', /TypeError/);
    await world.stop(worker);
  });

  test('pauses for an infrastructure fault without burning attempts', async () => {
    const world = new WorkerWorld();
    let available = false;
    const { seen, attempts, handler } = recorder(async () => {
      if (!available) throw new InfrastructureFault('the gateway is down');
      return done;
    });
    const worker = await world.start(handler, { attemptsMax: 2 });
    await world.happen(newStream());
    await world.time.advance(300_000);
    const readiness = await worker.checks[0].check();
    assert.equal(readiness.ok, false);
    assert.match(readiness.ok ? '' : readiness.reason, /the gateway is down/);
    available = true;
    await world.time.until(async () => (await worker.checks[0].check()).ok);
    assert.ok(seen.length > 3);
    assert.ok(
      attempts.every((attempt) => attempt <= 2),
      `attempts: ${attempts.join(' ')}`,
    );
    assert.deepEqual(await world.desk.list({ limit: 1 }), []);
    await world.stop(worker);
  });

  test('ends an attempt that takes too long, and counts it as failed', async () => {
    const world = new WorkerWorld();
    const { attempts, handler } = recorder((_event, { attempt }) =>
      attempt === 1 ? new Promise(() => {}) : Promise.resolve(done),
    );
    const worker = await world.start(handler, { attemptMs: 5_000 });
    await world.happen(newStream());
    await world.time.until(() => attempts.length === 2);
    await world.stop(worker);
  });

  test('handles an event once that the broker delivers twice, and one whose ack was lost', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    world.broker.faults.arm('deliverTwice');
    await world.happen(newStream());
    world.broker.faults.arm('loseSettlement');
    await world.happen(newStream());
    await world.time.advance(120_000);
    assert.deepEqual(seen, [1, 2]);
    await world.stop(worker);
  });

  test('goes on where it was after a stop, and repeats nothing that was settled', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    await world.stop(await world.start(handler));
    await world.happen(newStream(), newStream());
    const first = await world.start(handler);
    await world.time.until(() => seen.length === 2);
    await world.stop(first);
    await world.happen(newStream());
    const second = await world.start(handler);
    await world.time.advance(120_000);
    assert.deepEqual(seen, [1, 2, 3]);
    await world.stop(second);
  });

  test('handles nothing after a stop, not even one that comes while it begins', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const held = Promise.withResolvers<void>();
    world.headGate = held.promise;
    const worker = await world.start(handler);
    const stopping = worker.stop();
    held.resolve();
    await world.time.advance(0);
    await stopping;
    await world.happen(newStream());
    await world.time.advance(60_000);
    assert.deepEqual(seen, []);
  });

  test('waits for a store that is not there yet', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    world.storeAvailable = false;
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.time.advance(30_000);
    assert.equal((await worker.checks[0].check()).ok, false);
    assert.deepEqual(seen, []);
    world.storeAvailable = true;
    await world.time.until(() => seen.length === 1);
    await world.stop(worker);
  });

  test('that is slower than what arrives says so after a minute, with what to look at', async () => {
    const world = new WorkerWorld();
    const held = Promise.withResolvers<void>();
    const worker = await world.start(
      async () => {
        await held.promise;
        return done;
      },
      { unsettledMax: 1 },
    );
    await world.happen(...Array.from({ length: 3 }, () => newStream()));
    const backlog = worker.checks.find(({ name }) => name === 'testworker backlog');
    await world.time.advance(50_000);
    assert.deepEqual(await backlog?.check(), { ok: true });
    await world.time.advance(20_000);
    const answer = await backlog?.check();
    assert.ok(answer?.ok === false);
    assert.match(answer.reason, /^2 events wait for testworker-happened, and some have for 6\d s/);
    assert.match(answer.nextStep ?? '', /eventstream status/);
    assert.match(await metrics.metrics(), /worker_lag_events\{consumer="testworker-happened"\} 2/);
    held.resolve();
    await world.time.until(async () => (await backlog?.check())?.ok === true, 20_000);
    await world.stop(worker);
  });
});

test('a handler that asks to wait for no time that there is makes a dead letter of that event, and holds up no other', async () => {
  const world = new WorkerWorld();
  const confused = newStream();
  const { seen, handler } = recorder(async (event) => (event.stream === confused ? retry(NaN, 'not yet') : done));
  const worker = await world.start(handler);
  await world.happen(confused, newStream());
  await world.time.until(async () => (await world.ledger.stuck(testConsumer)).openDeadLetters === 1);
  assert.ok(seen.includes(2));
  const [letter] = await world.desk.list({ limit: 2 });
  assert.match(letter?.reason ?? '', /the handler answered \{ kind: 'retry', afterMs: NaN, .*no outcome/);
  await world.stop(worker);
});
