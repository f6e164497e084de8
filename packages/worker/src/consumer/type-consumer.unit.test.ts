import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done, retry } from '../handler.ts';
import { newStream, recorder, testConsumer, testLog, WorkerWorld } from '../worker-world.fixture.ts';

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
  assert.deepEqual(await worker.checks[0].check(), { ok: true });
  await world.stop(worker);
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
  await world.time.until(async () => {
    const readiness = await worker.checks[0].check();
    return !readiness.ok && (readiness.nextStep ?? '').includes('log import TEST');
  });
  assert.deepEqual(seen, []);
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
    const readiness = await worker.checks[0].check();
    return !readiness.ok && (readiness.nextStep ?? '').includes('log import TEST');
  });
  await world.stop(worker);
});

test('a log that went back halts its consumer also when what that one had read was forgotten with its own database', async () => {
  for (const when of ['before it begins again', 'right after that'] as const) {
    const world = new WorkerWorld();
    const { seen, handler } = recorder();
    const worker = await world.start(handler);
    await world.happen(newStream(), newStream());
    await world.time.until(() => seen.length === 2);
    await world.time.until(async () => (await world.ledger.loadMark(testConsumer, testLog))?.position === 2, 20_000);
    world.resetLedger();
    if (when === 'before it begins again') world.visibleTo = 1;
    const ask = world.reader.head.bind(world.reader);
    world.reader.head = async (log) => {
      const head = await ask(log);
      world.visibleTo = 1;
      return head;
    };
    await world.time.until(async () => {
      const readiness = await worker.checks[0].check();
      return !readiness.ok && (readiness.nextStep ?? '').includes('log import TEST');
    }, 20_000);
    await world.stop(worker);
  }
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
