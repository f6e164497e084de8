import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Incarnation, nowhere, type Position, type RecordedEvent } from '@eventstream/contracts';
import { createLogger, metrics } from '@eventstream/platform';
import { type Scheduler, waitFor } from '@eventstream/platform/scheduler';
import { newStream, testLog, WorkerWorld } from '../worker-world.fixture.ts';
import { type Follower, followLog } from './follower.ts';
import type { FollowerLimits } from './follower-limits.ts';
import type { Checkpoint, LogSink, SinkOutcome } from './follower-port.ts';

/** A sink that keeps what it was given, refuses what does not continue it, and fails on demand. */
class ListSink implements LogSink {
  readonly name = 'list';
  readonly pages: number[][] = [];
  at: Position = nowhere;
  life: Incarnation | undefined;
  failures = 0;
  /** Resolves before a page is committed. */
  gate: Promise<void> = Promise.resolve();
  /** How long a page takes, by this time. */
  takesMs = 0;
  time: Scheduler | undefined;

  get positions(): readonly number[] {
    return this.pages.flat();
  }

  async checkpoint(): Promise<Checkpoint> {
    return { position: this.at, incarnation: this.life };
  }

  async apply(events: readonly RecordedEvent[], life: Incarnation): Promise<SinkOutcome> {
    await this.gate;
    if (this.time !== undefined) await waitFor(this.time, this.takesMs, new AbortController().signal);
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is away');
    }
    if (events[0]?.position !== this.at + 1) return { kind: 'moved' };
    this.pages.push(events.map((event) => event.position));
    this.at = events.at(-1)?.position ?? this.at;
    this.life = life;
    return { kind: 'committed' };
  }
}

/** Says of every event that it may wait, while it is patient. */
class PatientSink extends ListSink {
  patient = true;

  mayWait(): boolean {
    return this.patient;
  }
}

const silent = createLogger({ service: 'test', level: 'silent' });

async function follow(world: WorkerWorld, sink: LogSink, limits: Partial<FollowerLimits> = {}): Promise<Follower> {
  const follower = followLog({
    sink,
    log: testLog,
    consumers: world.consumers,
    store: world.reader,
    logger: silent,
    scheduler: world.time,
    random: () => 0.5,
    limits,
  });
  await world.atOnce(follower.start());
  return follower;
}

async function stop(world: WorkerWorld, follower: Follower): Promise<void> {
  await world.atOnce(follower.stop());
}

const streams = (count: number) => Array.from({ length: count }, () => newStream());
const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('a follower', () => {
  test('applies every position once and in order, as the broker brings them', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    await world.happen(...streams(3));
    await world.happen(...streams(2));
    await world.time.until(() => sink.at === 5, 900);
    assert.deepEqual(sink.positions, oneTo(5));
    assert.equal(follower.position(), 5);
    await stop(world, follower);
  });

  test('makes one page of what arrives while a page is being committed', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink, { pageEventsMax: 3 });
    const gate = Promise.withResolvers<void>();
    sink.gate = gate.promise;
    await world.happen(...streams(1));
    await world.happen(...streams(4));
    gate.resolve();
    await world.time.until(() => sink.at === 5, 900);
    assert.deepEqual(sink.pages, [[1], [2, 3, 4], [5]]);
    await stop(world, follower);
  });

  test('gathers events that may wait into one page, for as long as they may', async () => {
    const world = new WorkerWorld();
    const sink = new PatientSink();
    const follower = await follow(world, sink, { gatherMs: 100 });
    await world.happen(...streams(2));
    await world.time.advance(60);
    await world.happen(...streams(1));
    await world.time.advance(39);
    assert.deepEqual(sink.pages, []);
    await world.time.advance(1);
    assert.deepEqual(sink.pages, [[1, 2, 3]]);
    await stop(world, follower);
  });

  test('gathers no longer when something urgent arrives, or a whole page is there', async () => {
    const world = new WorkerWorld();
    const sink = new PatientSink();
    const follower = await follow(world, sink, { gatherMs: 60_000, pageEventsMax: 3 });
    await world.happen(...streams(1));
    sink.patient = false;
    await world.happen(...streams(1));
    await world.time.advance(0);
    sink.patient = true;
    await world.happen(...streams(3));
    await world.time.advance(0);
    assert.deepEqual(sink.pages, [
      [1, 2],
      [3, 4, 5],
    ]);
    await stop(world, follower);
  });

  test('reads the store while the broker is away', async () => {
    const world = new WorkerWorld();
    world.broker.stop();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    for (let count = 0; count < 5; count += 1) await world.append();
    await world.time.until(() => sink.at === 5, 3_000);
    assert.deepEqual(sink.positions, oneTo(5));
    assert.deepEqual(await follower.checks[0].check(), { ok: true });
    await stop(world, follower);
  });

  test('fills a hole in what the broker brings from the store, at once', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    world.holes.add(2);
    await world.happen(...streams(4));
    await world.time.until(() => sink.at === 4, 100);
    assert.deepEqual(sink.positions, oneTo(4));
    await stop(world, follower);
  });

  test('makes up for a hole at the end within two seconds', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    world.holes.add(3);
    await world.happen(...streams(3));
    await world.time.until(() => sink.at === 3, 2_500);
    await stop(world, follower);
  });

  test('goes on where its checkpoint is', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const first = await follow(world, sink);
    await world.happen(...streams(3));
    await world.time.until(() => sink.at === 3);
    await stop(world, first);
    await world.happen(...streams(2));
    const second = await follow(world, sink);
    await world.time.until(() => sink.at === 5);
    assert.deepEqual(sink.positions, oneTo(5));
    await stop(world, second);
  });

  test('tries a page again until the database takes it, and says meanwhile that it is not ready', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    sink.failures = 5;
    const follower = await follow(world, sink);
    await world.happen(...streams(3));
    await world.time.until(async () => !(await follower.checks[0].check()).ok);
    await world.time.until(() => sink.at === 3);
    assert.deepEqual(sink.positions, oneTo(3));
    await world.time.until(async () => (await follower.checks[0].check()).ok);
    await stop(world, follower);
  });

  test('goes on behind another instance that moved the checkpoint', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    await world.happen(...streams(3));
    await world.time.until(() => sink.at === 3);
    await world.append();
    const { events } = await world.store.readLog(testLog, sink.at, { limit: 1 });
    await sink.apply(events, (await world.store.head(testLog)).incarnation);
    await world.happen(...streams(1));
    await world.time.until(() => sink.at === 5);
    assert.deepEqual(sink.positions, oneTo(5));
    await stop(world, follower);
  });

  test('knows since when it has read everything, and stops knowing when it falls behind', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    await world.happen(...streams(2));
    await world.time.advance(2_000);
    assert.equal(follower.caughtUp(), true);
    sink.failures = Number.POSITIVE_INFINITY;
    await world.happen(...streams(1));
    await world.time.advance(10_000);
    assert.equal(follower.caughtUp(), false);
    await stop(world, follower);
  });

  test('that is slower than what arrives says so after a minute, with what to look at', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink, { pageEventsMax: 1 });
    const [, backlog] = follower.checks;
    assert.ok(backlog?.optional === true);
    sink.takesMs = 30_000;
    sink.time = world.time;
    await world.happen(...streams(4));
    await world.time.advance(59_000);
    assert.deepEqual(await backlog.check(), { ok: true });
    await world.time.advance(5_000);
    const answer = await backlog.check();
    assert.ok(!answer.ok);
    assert.match(answer.reason, /^list is 2 events behind, and has not caught up for 6\d s/);
    assert.match(answer.nextStep ?? '', /eventstream status/);
    assert.match(await metrics.metrics(), /follower_lag_events\{follower="list"\} 2/);
    await world.time.advance(60_000);
    await world.time.advance(5_000);
    assert.deepEqual(await backlog.check(), { ok: true });
    await stop(world, follower);
  });

  test('reads the log again for a sink whose database was reset, though nothing new happens', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const follower = await follow(world, sink);
    await world.happen(...streams(3));
    await world.time.until(() => sink.at === 3);
    Object.assign(sink, { at: nowhere, life: undefined, pages: [] });
    await world.time.until(() => sink.at === 3, 15_000);
    assert.deepEqual(sink.positions, oneTo(3));
    assert.equal((await follower.checks[0].check()).ok, true);
    await stop(world, follower);
  });

  test('halts when the log ends before its checkpoint, and stays halted when new events hide that', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const first = await follow(world, sink);
    await world.happen(...streams(2));
    await world.time.until(() => sink.at === 2);
    await stop(world, first);
    world.visibleTo = 0;
    const second = await follow(world, sink);
    await world.time.until(async () => !(await second.checks[0].check()).ok);
    world.visibleTo = Number.POSITIVE_INFINITY;
    await world.happen(...streams(2));
    await world.time.advance(60_000);
    assert.equal(sink.at, 2);
    const readiness = await second.checks[0].check();
    assert.match(readiness.ok ? '' : (readiness.nextStep ?? ''), /log import TEST/);
    assert.equal(second.caughtUp(), false);
    await stop(world, second);
  });

  test('halts while its checkpoint belongs to another life of the log, and goes on when it no longer does', async () => {
    const world = new WorkerWorld();
    const sink = new ListSink();
    const other = await new WorkerWorld().store.head(testLog);
    sink.life = other.incarnation;
    const follower = await follow(world, sink);
    await world.happen(...streams(2));
    await world.time.advance(10_000);
    assert.deepEqual(sink.positions, []);
    sink.life = undefined;
    await world.time.until(() => sink.at === 2);
    await stop(world, follower);
  });
});
