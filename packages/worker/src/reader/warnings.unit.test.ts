import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import type { Readiness } from '@eventstream/platform';
import { deadLetter, done } from '../handler.ts';
import type { Worker } from '../worker.ts';
import { newStream, testConsumer, WorkerWorld } from '../worker-world.fixture.ts';
import { type Troubles, workerWarnings } from './warnings.ts';

const well: Troubles = {
  consumer: 'worker-a',
  openDeadLetters: 0,
  undelivered: undefined,
  backlog: { events: 3, forMs: 59_999 },
};

/** What the checks say that are not well, by name. */
async function complaints(checks: readonly Readiness[]): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const { name, optional, check } of checks) {
    assert.equal(optional, true, 'a warning makes nothing unready');
    const answer = await check();
    if (!answer.ok) said[name] = `${answer.reason} → ${answer.nextStep}`;
  }
  return said;
}

function warningsOf({ checks: [, ...warnings] }: Worker): readonly Readiness[] {
  return warnings;
}

describe('a worker', () => {
  test('that is well says nothing', async () => {
    assert.deepEqual(await complaints(workerWarnings('worker', () => [well, well])), {});
  });
  for (const [what, troubles, name, says] of [
    [
      'with dead letters',
      { openDeadLetters: 2 },
      'worker dead letters',
      /worker-b has 2 dead letters.*→.*dead-letters list --consumer worker-b/,
    ],
    [
      'with a broker that passes events by',
      { undelivered: { count: 4, first: position(7) } },
      'worker deliveries',
      /4 events to worker-b.*position 7.*→.*logs nats-server/,
    ],
    [
      'with a backlog',
      { backlog: { events: 9, forMs: 75_000 } },
      'worker backlog',
      /9 events wait for worker-b.*75 s.*→.*status/,
    ],
  ] as const)
    test(`${what} says so, with the command that helps`, async () => {
      const said = await complaints(
        workerWarnings('worker', () => [well, { ...well, ...troubles, consumer: 'worker-b' }]),
      );
      assert.deepEqual(Object.keys(said), [name]);
      assert.match(said[name] ?? '', says);
    });
});

test('letters of two consumers are shown by one command', async () => {
  const letters = { ...well, openDeadLetters: 1 };
  const said = await complaints(workerWarnings('worker', () => [letters, { ...letters, consumer: 'worker-b' }]));
  assert.match(said['worker dead letters'] ?? '', /worker-a has .*worker-b has .*→.*`npx eventstream dead-letters`$/);
});

describe('the warnings of a worker at work', () => {
  test('come with a dead letter, and go with it', async () => {
    const world = new WorkerWorld();
    const worker = await world.start(async () => deadLetter('never'));
    await world.happen(newStream());
    await world.time.until(async () => 'testworker dead letters' in (await complaints(warningsOf(worker))));
    const [letter] = await world.desk.list({ limit: 1 });
    await world.desk.discard(letter?.id ?? '', { by: 'ada', why: 'a test' });
    await world.time.until(async () => Object.keys(await complaints(warningsOf(worker))).length === 0);
    await world.stop(worker);
  });
  test('come with an event that the broker passed by, and go after a while', async () => {
    const world = new WorkerWorld();
    world.holes.add(2);
    const worker = await world.start(async () => done);
    await world.happen(newStream(), newStream(), newStream());
    await world.time.until(async () => 'testworker deliveries' in (await complaints(warningsOf(worker))));
    assert.match(
      String(Object.values(await complaints(warningsOf(worker)))),
      new RegExp(`1 events to ${testConsumer}`),
    );
    await world.time.advance(601_000);
    assert.deepEqual(await complaints(warningsOf(worker)), {});
    await world.stop(worker);
  });
});
