import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, nowhere, position } from '@eventstream/contracts';
import { metrics, newId } from '@eventstream/platform';
import { deadLetter, done, InfrastructureFault, retry } from './handler.ts';
import { workOf } from './work-item.ts';
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

  test('makes a dead letter of work whose event is no longer in the log', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const [event] = await world.happen(newStream());
    assert.ok(event !== undefined);
    const gone = { ...workOf(event), eventId: eventId(newId()), position: position(1) };
    await world.ledger.wait(testConsumer, gone, { attempts: 1, failures: 1, afterMs: 0, reason: 'test' });
    const worker = await world.start(handler);
    await world.time.until(async () => (await world.desk.list({ limit: 1 })).length === 1);
    assert.match((await world.desk.list({ limit: 1 }))[0]?.reason ?? '', /has no event/);
    assert.deepEqual(seen, []);
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

  test('looks at every event again when its database was reset, also at work that had waited in it', async () => {
    const world = new WorkerWorld();
    let isMended = false;
    const { seen, handler } = recorder(async () => (seen.length === 2 && !isMended ? retry(3_600_000, 'later') : done));
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(async () => (await world.ledger.stuck(testConsumer)).waiting === 1);
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 2, 20_000);
    isMended = true;
    world.resetLedger();
    await world.time.until(() => seen.length === 4, 20_000);
    assert.deepEqual(seen, [1, 2, 1, 2]);
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 2, 20_000);
    await world.stop(worker);
  });

  test('looks at every event again at once, also when its database is lost again while it begins', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 1, 20_000);
    world.resetLedger();
    world.failsOnce.add('endDryRuns');
    // Sooner than what the broker should have delivered is believed to be missing.
    await world.time.until(() => seen.length === 2, 20_000);
    assert.deepEqual(seen, [1, 1]);
    await world.stop(worker);
  });

  test('halts when the log ends before its mark, and says which commands lead out', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream());
    await world.time.until(() => seen.length === 1);
    await world.stop(worker);
    world.visibleTo = 0;
    const again = await world.start(handler);
    await world.time.advance(10_000);
    const readiness = await again.checks[0].check();
    assert.equal(readiness.ok, false);
    assert.match(readiness.ok ? '' : (readiness.nextStep ?? ''), /log import TEST.*log new-incarnation TEST/);
    await world.stop(again);
  });

  test('halts for a delivery out of another life of the log', async () => {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const other = new WorkerWorld();
    await other.append();
    const theirs = await other.store.head(testLog);
    const page = await other.store.readLog(testLog, nowhere, { limit: 1 });
    const worker = await world.start(handler);
    const copy = world.broker.copyOf(testLog);
    const creating = copy.create(theirs.incarnation);
    await world.time.advance(0);
    await creating;
    const publishing = copy.publish(page.events, theirs.incarnation);
    await world.time.advance(0);
    await publishing;
    await world.time.until(async () => {
      const readiness = await worker.checks[0].check();
      return !readiness.ok && readiness.reason.includes('another life');
    }, 20_000);
    assert.deepEqual(seen, []);
    await world.stop(worker);
  });
});
