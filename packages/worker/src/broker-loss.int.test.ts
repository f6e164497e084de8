/**
 * What a broker can lose, on a real one, while the worker's own link to it is cut for a moment: in the end every event
 * was handled once, and whatever the broker never delivered is named in the log, counted, and shown by the readiness.
 */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { LocalNatsServer } from '@eventstream/local-servers';
import { connectNats, type JetStreamLogCopy, natsBroker, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLogger, metrics } from '@eventstream/platform';
import { migrate } from '@eventstream/platform/sql';
import { eventually } from '@eventstream/testing/eventually';
import { openFaultProxy } from '@eventstream/testing/fault-proxy';
import { ownNats, temporaryFolder, testPostgres } from '@eventstream/testing/harness';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { done } from './handler.ts';
import type { WorkerLedger } from './ledger.ts';
import { RealLog } from './real-log.fixture.ts';
import { sqlWorkerLedger, workerComponent, workerMigrations } from './sql/index.ts';
import { createWorker } from './worker.ts';

const silent = createLogger({ service: 'test', level: 'silent' });
const consumer = 'testworker-happened';
/** Events that are published while the link is cut. */
const owed = 3;
const limits = { tickMs: 50, sweepEveryMs: 100, graceMs: 700 };
/** Leaves the broker the time that a new connection and a new consumer take: what it does deliver must not be a race. */
const patient = { ...limits, graceMs: 5_000 };

type Connection = Awaited<ReturnType<typeof connectNats>>;

let ledger: WorkerLedger;
before(async () => {
  const sql = (await (await testPostgres()).freshDatabase()).open();
  await migrate(sql, { component: workerComponent, migrations: workerMigrations });
  ledger = sqlWorkerLedger(sql);
});

/** A worker behind a proxy, and somebody with a link of his own who publishes and breaks things. */
class World {
  readonly real = new RealLog();
  readonly handled: number[] = [];
  readonly lines: string[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  /** `graceMs`: how long the broker may take before the store is asked instead. */
  async open(server: LocalNatsServer, { graceMs } = limits) {
    const proxy = await openFaultProxy({ targetPort: server.port, random: () => 0 });
    const connection = await connectNats({ url: server.url, name: 'relay', logger: silent });
    const copy = await openJetStreamLogCopy({ connection, log: this.real.log, settings: { maxBytes: 16_000_000 } });
    const manager = await jetstreamManager(connection);
    // Before there is a worker: it would lose its consumer with the stream that is made anew here.
    await this.#makeBreakable(copy, manager);
    const nats = natsBroker({ url: `nats://127.0.0.1:${proxy.port}`, name: 'worker', logger: silent });
    const worker = createWorker({
      name: 'testworker',
      log: this.real.log,
      handlers: new Map([
        [
          this.real.type,
          async ({ position }) => {
            this.handled.push(position);
            return done;
          },
        ],
      ]),
      consumers: nats.consumers,
      store: this.real.store,
      ledger,
      logger: createLogger({
        service: 'test',
        level: 'error',
        destination: { write: (line) => this.lines.push(line) },
      }),
      limits: { ...limits, graceMs },
    });
    await nats.start();
    await worker.start();
    this.#closers.push(
      async () => proxy.heal(),
      () => worker.stop(),
      () => nats.stop(),
      async () => copy.close(),
      () => connection.close(),
      () => proxy.close(),
    );
    await eventually(
      () => manager.consumers.info(this.real.log, consumer).catch(() => undefined),
      (found) => found !== undefined,
    );
    return { proxy, connection, copy, worker, manager };
  }

  /** Our streams let nobody delete a message. This one does, as one that was damaged or made by others might. */
  async #makeBreakable(copy: JetStreamLogCopy, manager: JetStreamManager): Promise<void> {
    const { log, store } = this.real;
    await copy.create((await store.head(log)).incarnation);
    const { config } = await manager.streams.info(log);
    await manager.streams.delete(log);
    await manager.streams.add({ ...config, deny_delete: false, deny_purge: false });
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }

  /** Resolves when the events 1 to `count` were handled, and checks that none was twice. */
  async handledAll(count: number): Promise<void> {
    await eventually(
      async () => new Set(this.handled).size,
      (size) => size === count,
    );
    assert.deepEqual(
      this.handled.toSorted((one, other) => one - other),
      Array.from({ length: count }, (_, index) => index + 1),
    );
  }
}

async function undelivered(): Promise<number> {
  const metric = await metrics.getSingleMetric('worker_undelivered_total')?.get();
  return metric?.values.find(({ labels }) => labels['consumer'] === consumer)?.value ?? 0;
}

/** What happens to three events that were published while the worker's link was cut. */
interface Loss {
  readonly what: string;
  readonly lose: (broken: { log: string; manager: JetStreamManager; connection: Connection }) => Promise<unknown>;
  /** How many of the three the broker never delivers. */
  readonly missed: number;
}

const losses: readonly Loss[] = [
  { what: 'a hole in the stream', lose: ({ manager, log }) => manager.streams.deleteMessage(log, 12), missed: 1 },
  {
    what: 'messages evicted before their delivery',
    lose: ({ manager, log }) => manager.streams.purge(log, { seq: 13 }),
    missed: 2,
  },
  { what: 'a deleted consumer', lose: ({ manager, log }) => manager.consumers.delete(log, consumer), missed: 0 },
  {
    what: 'a deleted stream that nobody fills again',
    lose: ({ manager, log }) => manager.streams.delete(log),
    missed: 3,
  },
  {
    what: 'a stall: somebody else was handed the messages and never acks',
    lose: async ({ manager, log }) => {
      const thief = await manager.jetstream().consumers.get(log, consumer);
      const messages = await thief.fetch({ max_messages: 3, expires: 2_000 });
      let stolen = 0;
      for await (const _ of messages) stolen += 1;
      assert.equal(stolen, 3);
    },
    missed: 3,
  },
];

describe('work that the broker never delivers is found in the store and done:', () => {
  let server: LocalNatsServer;
  before(async () => {
    server = await ownNats();
  });

  for (const { what, lose, missed } of losses)
    test(what, async (t) => {
      const world = new World();
      t.after(() => world.close());
      const { proxy, connection, copy, worker, manager } = await world.open(server, missed < owed ? patient : limits);
      await world.real.happen(10, copy);
      await world.handledAll(10);
      const missedBefore = await undelivered();
      proxy.impose({ kind: 'refuse' });
      await eventually(
        async () => (await manager.consumers.info(world.real.log, consumer)).num_waiting,
        (waiting) => waiting === 0,
      );
      await world.real.happen(owed, copy);
      await lose({ log: world.real.log, manager, connection });
      proxy.heal();
      await world.handledAll(13);
      assert.equal((await undelivered()) - missedBefore, missed);
      const deliveries = worker.checks.find(({ name }) => name === 'testworker deliveries');
      const warning = await deliveries?.check();
      const alarms = world.lines.filter((line) => line.includes('the broker did not deliver what the store has'));
      assert.deepEqual([warning?.ok, alarms.length > 0], [missed === 0, missed > 0]);
      if (warning?.ok === false)
        assert.match(warning.reason, new RegExp(`did not deliver ${missed} events to ${consumer}`));
    });
});

/** Its link finds the server again when it does. */
async function untilPublished({ real }: World, copy: JetStreamLogCopy): Promise<void> {
  await eventually(
    () => real.publish(copy).catch((error: unknown) => error),
    (failure) => failure === undefined,
  );
}

test('a broker whose store was restored from an older copy delivers again what it lost, and nothing is handled twice', async (t) => {
  const storeDir = await temporaryFolder();
  const older = join(await temporaryFolder(), 'older');
  let server = await ownNats({ storeDir });
  const { port, monitorPort } = server;
  const world = new World();
  t.after(() => world.close());
  const { copy } = await world.open(server);
  await world.real.happen(5, copy);
  await world.handledAll(5);
  await server.stop();
  await cp(join(storeDir, 'jetstream'), older, { recursive: true });
  server = await ownNats({ storeDir, port, monitorPort });
  await world.real.append(5);
  await untilPublished(world, copy);
  await world.handledAll(10);
  await server.stop();
  await rm(join(storeDir, 'jetstream'), { recursive: true });
  await cp(older, join(storeDir, 'jetstream'), { recursive: true });
  await ownNats({ storeDir, port, monitorPort });
  await world.real.append(3);
  await untilPublished(world, copy);
  await world.handledAll(13);
});
