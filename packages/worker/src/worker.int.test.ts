/** Workers and followers on a real nats-server and a real PostgreSQL. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { nowhere, type Position, type RecordedEvent } from '@eventstream/contracts';
import type { ConsumerSource } from '@eventstream/messaging';
import { connectNats, openJetStreamConsumerSource, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLogger, type Part } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { eventually } from '@eventstream/testing/eventually';
import { testNats, testPostgres } from '@eventstream/testing/harness';
import { followLog } from './follower/follower.ts';
import type { LogSink } from './follower/follower-port.ts';
import { done, type Handler, InfrastructureFault, retry } from './handler.ts';
import type { WorkerLedger } from './ledger.ts';
import { RealLog } from './real-log.fixture.ts';
import { readTried, readWaiting, sqlWorkerLedger, workerComponent, workerMigrations } from './sql/index.ts';
import { createWorker } from './worker.ts';

const silent = createLogger({ service: 'test', level: 'silent' });

describe('on a real broker', () => {
  let connection: Awaited<ReturnType<typeof connectNats>>;
  let consumers: ConsumerSource;
  let sql: Sql;
  let ledger: WorkerLedger;
  const running: Part[] = [];

  before(async () => {
    const { url } = await testNats();
    connection = await connectNats({ url, name: 'worker-test', logger: silent });
    consumers = await openJetStreamConsumerSource({ connection, logger: silent });
    sql = (await (await testPostgres()).freshDatabase()).open();
    await migrate(sql, { component: workerComponent, migrations: workerMigrations });
    ledger = sqlWorkerLedger(sql);
  });
  after(async () => {
    for (const service of running) await service.stop();
    await connection.close();
  });

  const work = async (real: RealLog, handler: Handler, name = 'testworker'): Promise<Part> => {
    const worker = createWorker({
      name,
      log: real.log,
      handlers: new Map([[real.type, handler]]),
      consumers,
      store: real.store,
      ledger,
      logger: silent,
      limits: { tickMs: 50, backoffFirstMs: 20, pauseMaxMs: 200, sweepEveryMs: 200, graceMs: 1_000 },
    });
    await worker.start();
    running.push(worker);
    return worker;
  };
  const copyOf = (real: RealLog) =>
    openJetStreamLogCopy({ connection, log: real.log, settings: { maxBytes: 16_000_000 } });

  test('a worker handles two thousand events, tries some again, and ends with a mark at the head', async () => {
    const real = new RealLog();
    const copy = await copyOf(real);
    const doneOnes: number[] = [];
    await work(real, async (event, { attempt }) => {
      if (event.position % 100 === 0 && attempt < 3) return retry(0, 'not yet');
      doneOnes.push(event.position);
      return done;
    });
    await real.happen(2_000, copy);
    await eventually(
      async () => doneOnes.length,
      (count) => count >= 2_000,
    );
    assert.equal(new Set(doneOnes).size, 2_000);
    const consumer = 'testworker-happened';
    await eventually(
      async () => (await ledger.loadMark(consumer, real.log))?.position,
      (mark) => mark === 2_000,
    );
    // The mark passes what has a row of its own; a row goes when the answer of its handler is recorded, a little later.
    const stuck = await eventually(
      () => ledger.stuck(consumer),
      ({ waiting }) => waiting === 0,
    );
    assert.deepEqual(stuck, { streams: [], hasMore: false, waiting: 0, openDeadLetters: 0 });
    assert.equal(doneOnes.length, 2_000, 'nothing was handled twice');
    copy.close();
  });

  test('work that meets an outage in one process after the other is not tried before it is over', async () => {
    const real = new RealLog();
    const copy = await copyOf(real);
    const [name, consumer] = ['outageworker', 'outageworker-happened'];
    const seen = new Set<number>();
    let isAway = true;
    const handler: Handler = async ({ position }) => {
      seen.add(position);
      if (isAway) throw new InfrastructureFault('the gateway is away');
      return done;
    };
    const first = await work(real, handler, name);
    await real.happen(3, copy);
    await eventually(
      async () => seen.size,
      (count) => count === 3,
    );
    await first.stop();
    await work(real, handler, name);
    // All of it has become waiting work, which the mark has passed, and each piece has met the outage again.
    await eventually(
      async () => (await ledger.loadMark(consumer, real.log))?.position,
      (mark) => mark === 3,
    );
    await eventually(
      () => readWaiting(sql, { consumer, limit: 10 }),
      (waiting) => waiting.length === 3 && waiting.every(({ reason }) => reason.includes('gateway is away')),
    );
    assert.equal(await readTried(sql, consumer, real.log), 0);
    isAway = false;
    await eventually(
      () => readTried(sql, consumer, real.log),
      (tried) => tried === 3,
    );
    copy.close();
  });

  test('a worker finds its way when the stream is lost with its consumer', async () => {
    const real = new RealLog();
    const copy = await copyOf(real);
    const seen = new Set<number>();
    await work(real, async (event) => {
      seen.add(event.position);
      return done;
    });
    await real.happen(10, copy);
    await eventually(
      async () => seen.size,
      (count) => count === 10,
    );
    await copy.destroy();
    await real.happen(10, copy);
    await eventually(
      async () => seen.size,
      (count) => count === 20,
    );
    copy.close();
  });

  test('a follower reads the whole log in order, in pages', async () => {
    const real = new RealLog();
    const copy = await copyOf(real);
    const sink = new CountingSink();
    const follower = followLog({ sink, log: real.log, consumers, store: real.store, logger: silent });
    await follower.start();
    running.push(follower);
    await real.happen(1_500, copy);
    await eventually(
      async () => sink.at,
      (at) => at === 1_500,
    );
    await real.happen(500, copy);
    await eventually(
      async () => sink.at,
      (at) => at === 2_000,
    );
    assert.ok(sink.pages < 1_000, `${sink.pages} pages`);
    await eventually(
      async () => follower.caughtUp(),
      (caughtUp) => caughtUp,
    );
    copy.close();
  });
});

/** Counts, and insists on the order. */
class CountingSink implements LogSink {
  readonly name = `counting-${randomUUID().slice(0, 8)}`;
  at: Position = nowhere;
  pages = 0;

  async checkpoint() {
    return { position: this.at, incarnation: undefined };
  }

  async apply(events: readonly RecordedEvent[]) {
    for (const event of events) {
      assert.equal(event.position, this.at + 1);
      this.at = event.position;
    }
    this.pages += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return { kind: 'committed' } as const;
  }
}
