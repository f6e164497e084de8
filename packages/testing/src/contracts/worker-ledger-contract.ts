/** What every worker ledger promises, as tests: memory and SQL run the same. Time is the ledger's own and can be moved. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  eventId,
  eventType,
  type Incarnation,
  incarnation,
  logName,
  type Position,
  position,
  revision,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { DeadLetter, DeadLetterDesk, Waiting, WorkerLedger, WorkItem } from '@eventstream/worker';

/** An adapter under test. */
export interface WorkerLedgerUnderTest {
  readonly name: string;
  /** A new and empty ledger, and the desk over its dead letters. */
  readonly open: () => Promise<World>;
}

interface World {
  readonly ledger: WorkerLedger;
  readonly desk: DeadLetterDesk;
  /** Lets this much of the ledger's time pass. */
  readonly pass: (ms: number) => Promise<void>;
}

const log = logName('CONTRACT');
const type = eventType('CONTRACT.happened');
const consumer = 'contractworker-happened';
const alice = streamName('order-alice');
const bob = streamName('order-bob');
const life = incarnation(newId());
const decision = { by: 'operator:test', why: 'to see what happens' };

const at = (value: number): Position => position(value);
const item = (stream: StreamName, place: number): WorkItem => ({
  eventId: eventId(newId()),
  type,
  log,
  position: at(place),
  stream,
  revision: revision(place),
});
const now: Waiting = { attempts: 0, failures: 0, afterMs: 0, reason: 'test' };
const leaseMs = 60_000;

const claimed = async ({ ledger }: World, limit = 10) =>
  (await ledger.claim(consumer, { limit, leaseMs, suspect: true })).map((work) => work.position);

const letterOf = (work: WorkItem, reason = 'cannot be read') => ({
  ...work,
  consumer,
  reason,
  stack: 'Error: at line 1',
  attempts: 1,
});

async function onlyLetter({ desk }: World) {
  const letters = await desk.list({ limit: 10 });
  assert.equal(letters.length, 1);
  const [letter] = letters;
  assert.ok(letter !== undefined);
  return letter;
}

const markTests: Record<string, (world: World) => Promise<void>> = {
  'a mark is kept, and moves only forwards': async ({ ledger }) => {
    assert.equal(await ledger.loadMark(consumer, log), undefined);
    await ledger.saveMark(consumer, log, { position: at(7), incarnation: life });
    await ledger.saveMark(consumer, log, { position: at(5), incarnation: life });
    assert.deepEqual(await ledger.loadMark(consumer, log), { position: 7, incarnation: life });
    assert.equal(await ledger.loadMark('another', log), undefined);
  },
  'a mark of another life of the log changes nothing': async ({ ledger }) => {
    const other: Incarnation = incarnation(newId());
    await ledger.saveMark(consumer, log, { position: at(7), incarnation: life });
    await ledger.saveMark(consumer, log, { position: at(9), incarnation: other });
    assert.deepEqual(await ledger.loadMark(consumer, log), { position: 7, incarnation: life });
  },
};

const waitingTests: Record<string, (world: World) => Promise<void>> = {
  'work that waits is claimed when it is due, answered oldest position first, and counted': async (world) => {
    const { ledger, pass } = world;
    await ledger.wait(consumer, item(bob, 2), now);
    await ledger.wait(consumer, item(alice, 1), { ...now, attempts: 1, failures: 1, traceparent: 'a-trace' });
    await ledger.wait(consumer, item(streamName('order-late'), 3), { ...now, afterMs: 60_000 });
    const [first, second, ...others] = await ledger.claim(consumer, { limit: 10, leaseMs, suspect: true });
    assert.deepEqual([first?.position, first?.attempts, first?.failures, first?.traceparent], [1, 2, 1, 'a-trace']);
    assert.deepEqual([second?.position, second?.attempts, second?.traceparent], [2, 1, undefined]);
    assert.deepEqual(others, []);
    await pass(60_001);
    assert.deepEqual(await claimed(world), [1, 2, 3], 'leases have run out by now, too');
  },
  'what has been due longest is claimed first, and work that keeps failing holds up no other': async (world) => {
    await world.ledger.wait(consumer, item(alice, 1), { ...now, afterMs: 5_000 });
    await world.ledger.wait(consumer, item(bob, 2), { ...now, afterMs: 1_000 });
    await world.pass(5_001);
    assert.deepEqual([...(await claimed(world, 1)), ...(await claimed(world, 1))], [2, 1]);
  },
  'nobody gets claimed work a second time while the claim is renewed': async (world) => {
    const { ledger, pass } = world;
    const work = item(alice, 1);
    await ledger.wait(consumer, work, now);
    assert.deepEqual(await claimed(world), [1]);
    await pass(40_000);
    await ledger.renew(consumer, work.eventId, leaseMs);
    await pass(40_000);
    assert.deepEqual(await claimed(world), []);
  },
  'claims made at the same time share the work': async (world) => {
    for (let place = 1; place <= 20; place += 1)
      await world.ledger.wait(consumer, item(streamName(`order-${place}`), place), now);
    const taken = await Promise.all([claimed(world, 20), claimed(world, 20), claimed(world, 20)]);
    const all = taken.flat().toSorted((left, right) => left - right);
    assert.deepEqual(
      all,
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  },
  'of work that has ended processes one piece is given out at a time, and none when none is wanted': async (world) => {
    const { ledger } = world;
    const crashed: Waiting = { ...now, attempts: 2 };
    for (const [stream, place, waiting] of [
      [alice, 1, crashed],
      [bob, 2, crashed],
      [streamName('order-c'), 3, now],
    ] as const)
      await ledger.wait(consumer, item(stream, place), waiting);
    const innocent = await ledger.claim(consumer, { limit: 10, leaseMs, suspect: false });
    assert.deepEqual(
      innocent.map((work) => work.position),
      [3],
    );
    assert.deepEqual(await claimed(world), [1]);
    assert.deepEqual(await claimed(world), [2]);
  },
  'of one stream only the first is given out': async (world) => {
    const first = item(alice, 1);
    await world.ledger.wait(consumer, item(alice, 2), now);
    await world.ledger.wait(consumer, first, now);
    assert.deepEqual(await claimed(world), [1]);
    assert.deepEqual(await claimed(world), []);
    await world.ledger.finish(consumer, first.eventId);
    assert.deepEqual(await claimed(world), [2]);
  },
  'work that is put off counts its failure, unless the fault lay elsewhere': async (world) => {
    const { ledger, pass } = world;
    const work = item(alice, 1);
    await ledger.wait(consumer, work, now);
    await claimed(world);
    await ledger.postpone(consumer, work.eventId, { afterMs: 5_000, reason: 'no', counts: true, traceparent: 't1' });
    assert.deepEqual(await claimed(world), []);
    await pass(5_001);
    await claimed(world);
    await ledger.postpone(consumer, work.eventId, { afterMs: 0, reason: 'outage', counts: false });
    const [again] = await ledger.claim(consumer, { limit: 1, leaseMs, suspect: true });
    assert.deepEqual([again?.attempts, again?.failures, again?.traceparent], [2, 1, 't1']);
  },
  'an attempt that says how it ended clears its event of the processes that ended before': async (world) => {
    const { ledger, pass } = world;
    const work = item(alice, 1);
    await ledger.wait(consumer, work, { ...now, attempts: 1, failures: 1 });
    for (let crashes = 0; crashes < 4; crashes += 1) {
      await claimed(world); // and its process is killed, as by somebody else
      await pass(leaseMs + 1);
    }
    await claimed(world);
    await ledger.postpone(consumer, work.eventId, { afterMs: 0, reason: 'no answer', counts: true });
    const [again] = await ledger.claim(consumer, { limit: 1, leaseMs, suspect: false });
    assert.deepEqual([again?.attempts, again?.failures], [3, 2]);
  },
  'a lease that ends further ahead than any could is none, as the clock was set back; what waits is left alone': async (
    world,
  ) => {
    const { ledger } = world;
    const [held, waiting] = [item(alice, 1), item(bob, 2)];
    await ledger.wait(consumer, held, now);
    await ledger.wait(consumer, waiting, now);
    await ledger.claim(consumer, { limit: 2, leaseMs: leaseMs * 60, suspect: true });
    await ledger.postpone(consumer, waiting.eventId, { afterMs: leaseMs * 60, reason: 'later', counts: true });
    assert.deepEqual(await claimed(world), [1]);
    assert.deepEqual(await claimed(world), []);
  },
  'the same work waits once': async (world) => {
    const work = item(alice, 1);
    await world.ledger.wait(consumer, work, now);
    await world.ledger.wait(consumer, work, { ...now, afterMs: 60_000 });
    assert.equal((await world.ledger.stuck(consumer)).waiting, 1);
    assert.deepEqual(await claimed(world), [1]);
  },
  'consumers know nothing of each other': async ({ ledger }) => {
    await ledger.wait('another', item(alice, 1), now);
    assert.deepEqual(await ledger.claim(consumer, { limit: 10, leaseMs, suspect: true }), []);
    assert.deepEqual(await ledger.stuck(consumer), { streams: [], hasMore: false, waiting: 0, openDeadLetters: 0 });
  },
  'of more than ten thousand stuck streams so many are named, and that there are more is said': async ({ ledger }) => {
    const places = Array.from({ length: 10_000 }, (_, index) => index + 1);
    await Promise.all(places.map((place) => ledger.wait(consumer, item(streamName(`order-${place}`), place), now)));
    const all = await ledger.stuck(consumer);
    assert.deepEqual([all.streams.length, all.hasMore], [10_000, false]);
    await Promise.all([alice, bob].map((stream, index) => ledger.wait(consumer, item(stream, 10_001 + index), now)));
    const some = await ledger.stuck(consumer);
    assert.deepEqual([some.streams.length, some.hasMore, some.waiting], [10_000, true, 10_002]);
  },
  'a reason may hold anything': async ({ ledger }) => {
    await ledger.wait(consumer, item(alice, 1), { ...now, reason: `\0 ${'x'.repeat(5_000)} '"\\` });
    assert.equal((await ledger.stuck(consumer)).waiting, 1);
  },
};

const deadLetterTests: Record<string, (world: World) => Promise<void>> = {
  'a dead letter parks the rest of its stream and nothing else': async (world) => {
    const { ledger } = world;
    const poisoned = item(alice, 1);
    await ledger.wait(consumer, poisoned, now);
    await claimed(world);
    await ledger.bury(letterOf(poisoned));
    await ledger.wait(consumer, item(alice, 3), now);
    await ledger.wait(consumer, item(bob, 2), now);
    assert.deepEqual(await claimed(world), [2]);
    assert.deepEqual(await ledger.stuck(consumer), {
      streams: [alice, bob],
      hasMore: false,
      waiting: 2,
      openDeadLetters: 1,
    });
    const letter = await onlyLetter(world);
    assert.deepEqual(
      [letter.state, letter.reason, letter.stack, letter.attempts, letter.eventId],
      ['open', 'cannot be read', 'Error: at line 1', 1, poisoned.eventId],
    );
  },
  'a redrive brings the event back, and then what waited behind it': async (world) => {
    const { ledger, desk } = world;
    const poisoned = item(alice, 1);
    await ledger.bury(letterOf(poisoned));
    await ledger.wait(consumer, item(alice, 2), now);
    const { id } = await onlyLetter(world);
    assert.deepEqual(await desk.redrive(id, decision), { kind: 'decided' });
    assert.deepEqual(await claimed(world), [], 'not before the consumer has taken the request');
    assert.equal(await ledger.takeRedrives(consumer), 1);
    assert.equal(await ledger.takeRedrives(consumer), 0);
    assert.deepEqual(await claimed(world), [1]);
    await ledger.finish(consumer, poisoned.eventId);
    assert.deepEqual(await claimed(world), [2]);
    const letter = await desk.get(id);
    assert.deepEqual([letter?.state, letter?.resolvedBy, letter?.resolvedWhy], ['redriven', decision.by, decision.why]);
  },
  'an event that fails again after its redrive is the same dead letter, open again': async (world) => {
    const { ledger, desk } = world;
    const poisoned = item(alice, 1);
    await ledger.bury(letterOf(poisoned));
    const { id } = await onlyLetter(world);
    await desk.redrive(id, decision);
    await ledger.takeRedrives(consumer);
    await claimed(world);
    await ledger.bury(letterOf(poisoned, 'still cannot be read'));
    const letter = await onlyLetter(world);
    assert.deepEqual(
      [letter.id, letter.state, letter.reason, letter.attempts],
      [id, 'open', 'still cannot be read', 2],
    );
    assert.equal(letter.resolvedBy, undefined);
    assert.equal((await ledger.stuck(consumer)).waiting, 0);
  },
  'a discarded event never comes back, and its stream goes on': async (world) => {
    const { ledger, desk } = world;
    const poisoned = item(alice, 1);
    await ledger.bury(letterOf(poisoned));
    await ledger.wait(consumer, item(alice, 2), now);
    const { id } = await onlyLetter(world);
    assert.deepEqual(await desk.discard(id, decision), { kind: 'decided' });
    await ledger.wait(consumer, poisoned, now);
    assert.deepEqual(await claimed(world), [2]);
    await ledger.bury(letterOf(poisoned));
    assert.equal((await desk.get(id))?.state, 'discarded');
  },
  'every decision is kept, oldest first, also when the letter is opened again': async (world) => {
    const { ledger, desk } = world;
    const poisoned = item(alice, 1);
    await ledger.bury(letterOf(poisoned));
    const { id } = await onlyLetter(world);
    assert.deepEqual(await desk.decisions(id), []);
    await desk.redrive(id, { by: 'ada', why: 'mended' });
    await ledger.takeRedrives(consumer);
    await ledger.bury(letterOf(poisoned));
    await desk.discard(id, { by: 'grace', why: 'given back by hand' });
    assert.deepEqual(
      (await desk.decisions(id)).map(({ decision: what, by, why }) => [what, by, why]),
      [
        ['redrive', 'ada', 'mended'],
        ['discard', 'grace', 'given back by hand'],
      ],
    );
  },
  'what its consumer keeps waiting behind it is counted': async (world) => {
    const { ledger, desk } = world;
    await ledger.bury(letterOf(item(alice, 2)));
    const letter = await onlyLetter(world);
    assert.equal(await desk.behind(letter), 0);
    for (const work of [item(alice, 1), item(alice, 3), item(alice, 4), item(bob, 5)])
      await ledger.wait(consumer, work, now);
    await ledger.wait('another', item(alice, 6), now);
    assert.equal(await desk.behind(letter), 2);
  },
  'a dry run is asked for, taken once, and answered': async (world) => {
    const { ledger, desk } = world;
    const poisoned = item(alice, 1);
    await ledger.bury(letterOf(poisoned));
    const { id } = await onlyLetter(world);
    const request = await desk.askDryRun(id, 'ada');
    assert.ok(request !== undefined);
    assert.equal(await desk.askDryRun(newId(), 'ada'), undefined);
    assert.equal(await ledger.takeDryRun('another'), undefined);
    const taken = await ledger.takeDryRun(consumer);
    assert.deepEqual(taken, { id: request, work: poisoned });
    assert.equal(await ledger.takeDryRun(consumer), undefined);
    assert.equal(await desk.dryRunAnswer(request), undefined);
    const answer = { outcome: 'retry', says: 'not now\u0000', stack: 'Error', effects: ['asks', 'debits'] } as const;
    await ledger.answerDryRun(request, answer);
    const { says, ...rest } = (await desk.dryRunAnswer(request)) ?? {};
    assert.match(says ?? '', /^not now/);
    assert.deepEqual(rest, { outcome: 'retry', stack: 'Error', effects: ['asks', 'debits'] });
    assert.equal((await onlyLetter(world)).state, 'open', 'nothing is decided by it');
  },
  'a dry run whose process ended is answered when its consumer begins again': async (world) => {
    const { ledger, desk } = world;
    await ledger.bury(letterOf(item(alice, 1)));
    const { id } = await onlyLetter(world);
    const [taken, waiting] = [await desk.askDryRun(id, 'ada'), await desk.askDryRun(id, 'grace')];
    assert.ok(taken !== undefined && waiting !== undefined);
    assert.equal((await ledger.takeDryRun(consumer))?.id, taken);
    assert.equal(await ledger.endDryRuns('another'), 0);
    assert.equal(await ledger.endDryRuns(consumer), 1);
    assert.equal((await desk.dryRunAnswer(taken))?.outcome, 'endedProcess');
    assert.equal((await ledger.takeDryRun(consumer))?.id, waiting, 'who waits in line is answered all the same');
  },
  'only what is open can be decided': async (world) => {
    const { ledger, desk } = world;
    await ledger.bury(letterOf(item(alice, 1)));
    const { id } = await onlyLetter(world);
    await desk.discard(id, decision);
    assert.deepEqual(await desk.redrive(id, decision), { kind: 'notOpen', state: 'discarded' });
    assert.deepEqual(await desk.discard(newId(), decision), { kind: 'unknown' });
    assert.equal(await desk.get(newId()), undefined);
  },
  'dead letters are found by consumer and state': async ({ ledger, desk }) => {
    await ledger.bury(letterOf(item(bob, 2)));
    await ledger.bury(letterOf(item(alice, 1)));
    await ledger.bury({ ...letterOf(item(alice, 3)), consumer: 'another' });
    const places = async (filter: Parameters<typeof desk.list>[0]) =>
      (await desk.list(filter)).map((letter) => letter.position);
    assert.deepEqual(await places({ limit: 10 }), [1, 2, 3]);
    assert.deepEqual(await places({ consumer, limit: 10 }), [1, 2]);
    assert.deepEqual(await places({ state: 'redriven', limit: 10 }), []);
    assert.deepEqual(await places({ limit: 1 }), [1]);
  },
  'dead letters are listed page by page, also several of one event': async ({ ledger, desk }) => {
    const poison = item(alice, 2);
    const consumers = ['a', 'b', 'c', 'd'].map((name) => `${name}-consumer`);
    for (const name of consumers) await ledger.bury({ ...letterOf(poison), consumer: name });
    await ledger.bury(letterOf(item(alice, 1)));
    await ledger.bury(letterOf(item(bob, 3)));
    const all = await desk.list({ limit: 10 });
    const paged: DeadLetter[] = [];
    for (;;) {
      const [next] = await desk.list({ after: paged.at(-1), limit: 1 });
      if (next === undefined) break;
      paged.push(next);
    }
    assert.deepEqual(paged, all);
    assert.equal(all.length, 6);
  },
  'what is settled above a mark is what waits or is dead': async (world) => {
    const { ledger, desk } = world;
    await ledger.wait(consumer, item(alice, 5), now);
    await ledger.bury(letterOf(item(bob, 6)));
    await ledger.wait(consumer, item(alice, 2), now);
    const above = async () =>
      [...(await ledger.settledAbove(consumer, log, at(3)))].toSorted((left, right) => left - right);
    assert.deepEqual(await above(), [5, 6]);
    await desk.discard((await onlyLetter(world)).id, decision);
    assert.deepEqual(await above(), [5, 6]);
  },
};

/** Runs the whole contract. Call it at the top of a test file. */
export function workerLedgerContract({ name, open }: WorkerLedgerUnderTest): void {
  describe(`the worker ledger's contract: ${name}`, () => {
    for (const tests of [markTests, waitingTests, deadLetterTests])
      for (const [statement, run] of Object.entries(tests)) test(statement, async () => run(await open()));
  });
}
