import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, nowhere, position } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { workOf } from './work-item.ts';
import { newStream, recorder, testConsumer, testLog, WorkerWorld } from './worker-world.fixture.ts';

describe('a worker', () => {
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
    await world.atOnce(copy.create(theirs.incarnation));
    await world.atOnce(copy.publish(page.events, theirs.incarnation));
    await world.time.until(async () => {
      const readiness = await worker.checks[0].check();
      return !readiness.ok && readiness.reason.includes('another life');
    }, 20_000);
    assert.deepEqual(seen, []);
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
});

test('an event that is delivered while the store is asked for its head is no sign of a restored log', async () => {
  const world = new WorkerWorld();
  let answer: (() => void) | undefined;
  const ask = world.reader.readPositions.bind(world.reader);
  world.reader.readPositions = async (log, after, filter) => {
    const page = await ask(log, after, filter);
    if (answer) return page;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return page;
  };
  const { seen, handler } = recorder();
  const worker = await world.start(handler);
  await world.time.until(() => answer !== undefined);
  await world.happen(newStream());
  await world.time.until(() => seen.length === 1);
  answer?.();
  await world.time.advance(2_000);
  assert.deepEqual(await worker.checks[0].check(), { ok: true });
  await world.stop(worker);
});

test('a log that went back while the sweeper reads what it found there halts its consumer', async () => {
  const world = new WorkerWorld();
  const { seen, handler } = recorder();
  const worker = await world.start(handler);
  const ask = world.reader.readLog.bind(world.reader);
  world.reader.readLog = (...asked) => {
    world.visibleTo = 0;
    return ask(...asked);
  };
  await world.append();
  await world.untilHalted(worker);
  assert.deepEqual(seen, []);
  await world.stop(worker);
});

test('a log that went back behind what was read of it halts its consumer, also when none of that was delivered', async () => {
  const world = new WorkerWorld();
  const { seen, handler } = recorder();
  const worker = await world.start(handler);
  await world.append(); // and the broker never has it: the sweeper finds it
  await world.time.until(() => seen.length === 1);
  world.visibleTo = 0;
  await world.untilHalted(worker);
  await world.stop(worker);
});

test('a log that went back halts its consumer also when what that one had read was forgotten with its own database', async () => {
  for (const when of ['before it begins again', 'right after that'] as const) {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 2);
    await world.untilMarkIs(2);
    world.resetLedger();
    if (when === 'before it begins again') world.visibleTo = 1;
    const ask = world.reader.head.bind(world.reader);
    world.reader.head = async (log) => {
      const head = await ask(log);
      world.visibleTo = 1;
      return head;
    };
    await world.untilHalted(worker, 20_000);
    await world.stop(worker);
  }
});
