import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { LocalNatsServer } from '@eventstream/local-servers';
import { createLogger, systemClock } from '@eventstream/platform';
import { Inbox, newIncarnation } from '@eventstream/testing/contracts';
import { eventually } from '@eventstream/testing/eventually';
import { ownNats, temporaryFolder, testNats } from '@eventstream/testing/harness';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  connectNats,
  type JetStreamLogCopy,
  openJetStreamConsumerSource,
  openJetStreamLogCopy,
  type StreamSettings,
} from '../jetstream/index.ts';
import { MemoryRelayLease } from '../memory/index.ts';
import { importFromCopy } from './import-from-copy.ts';
import { beginNewIncarnation } from './new-incarnation.ts';
import type { Relay } from './relay.ts';
import { copyOfAll, counted, freshLog, GrowingLog, startRelay } from './relay-world.fixture.ts';

interface World {
  readonly log: GrowingLog;
  readonly connection: NatsConnection;
  readonly copy: JetStreamLogCopy;
  readonly startRelay: (o?: { lease?: MemoryRelayLease }) => Promise<Relay>;
}

const silent = createLogger({ service: 'test', level: 'silent' });

async function inWorld(
  server: LocalNatsServer,
  work: (world: World) => Promise<void>,
  settings: Partial<StreamSettings> = {},
): Promise<void> {
  const log = new GrowingLog(freshLog());
  const connection = await connectNats({ url: server.url, name: 'relay test', logger: silent });
  const streamSettings = { maxBytes: 10_000_000, ...settings };
  const copy = await openJetStreamLogCopy({ connection, log: log.log, settings: streamSettings, ackWaitMs: 500 });
  const relays: Relay[] = [];
  const start = async (o: { lease?: MemoryRelayLease } = {}) => {
    const relay = await startRelay(log, copy, o);
    relays.push(relay);
    return relay;
  };
  try {
    await work({ log, connection, copy, startRelay: start });
  } finally {
    for (const relay of relays) await relay.stop();
    await connection.close();
  }
}

const isAt = (relay: Relay, position: number) =>
  eventually(
    async () => relay.published,
    (at) => at === position,
  );

/** So many events are stored, published, and taken by a reader; answers what it took. */
async function readUpTo(
  position: number,
  { log, relay, connection }: Pick<World, 'log' | 'connection'> & { readonly relay: Relay },
): Promise<Inbox> {
  log.grow(position);
  await isAt(relay, position);
  const source = await openJetStreamConsumerSource({ connection, logger: silent });
  const inbox = await Inbox.open(source, { name: 'reader', log: log.log });
  await inbox.count(position);
  return inbox;
}

/** Waits until the relay stands still. */
const untilHalted = (relay: Relay) =>
  eventually(
    async () => relay.state,
    ({ kind }) => kind === 'halted',
  );

describe('a relay on a real server', () => {
  test('keeps sequence = position while the server is killed and started again', async () => {
    const storeDir = await temporaryFolder();
    let server = await ownNats({ storeDir });
    const { port, monitorPort } = server;
    await inWorld(server, async ({ log, copy, startRelay: start }) => {
      const relay = await start();
      for (let round = 0; round < 3; round += 1) {
        const before = log.events.length;
        for (let batch = 0; batch < 20; batch += 1) relay.offer(log.grow(100), log.incarnation);
        await eventually(
          async () => relay.published,
          (at) => at >= before + 300,
        );
        await server.kill(); // most of the batch is in flight or still to go
        log.grow(100); // committed while the broker is away
        server = await ownNats({ storeDir, port, monitorPort });
      }
      await copyOfAll(log, copy);
    });
  });

  test('says so when somebody changes how the copy is kept, and when that is over', async () => {
    await inWorld(await testNats(), async ({ log, connection, startRelay: start }) => {
      const relay = await start();
      log.grow(2);
      await isAt(relay, 2);
      const [, copyAsItShould] = relay.checks;
      assert.deepEqual(await copyAsItShould.check(), { ok: true });
      const manager = await jetstreamManager(connection);
      for (const edit of [{ no_ack: true }, { max_msgs_per_subject: 1 }, { subjects: [`${log.log}.first`] }]) {
        const before = (await manager.streams.info(log.log)).config;
        await manager.streams.update(log.log, edit);
        const told = await eventually(
          () => copyAsItShould.check(),
          ({ ok }) => !ok,
        );
        assert.ok(!told.ok);
        assert.match(told.reason, new RegExp(`${Object.keys(edit)[0]} is .* instead of`));
        assert.match(told.nextStep ?? '', /nats stream edit/);
        await manager.streams.update(log.log, { no_ack: false, ...before });
        await eventually(
          () => copyAsItShould.check(),
          ({ ok }) => ok,
        );
      }
      log.grow(3);
      await isAt(relay, 5);
    });
  });

  test('publishes again what the server had acknowledged and lost', async () => {
    const storeDir = await temporaryFolder();
    const older = join(await temporaryFolder(), 'older');
    let server = await ownNats({ storeDir });
    const { port, monitorPort } = server;
    await inWorld(server, async ({ log, connection, copy, startRelay: start }) => {
      const relay = await start();
      const inbox = await readUpTo(60, { log, relay, connection });
      await server.stop();
      await cp(join(storeDir, 'jetstream'), older, { recursive: true });
      server = await ownNats({ storeDir, port, monitorPort });
      log.grow(40);
      await isAt(relay, 100);
      await inbox.until((deliveries) => deliveries.some(({ event }) => event.position === 100));
      await server.stop();
      await rm(join(storeDir, 'jetstream'), { recursive: true });
      await cp(older, join(storeDir, 'jetstream'), { recursive: true });
      await ownNats({ storeDir, port, monitorPort });
      await copyOfAll(log, copy);
      assert.equal(await counted('relay_broker_lost_total', log.log), 40);
      log.grow(5);
      await inbox.until((deliveries) => deliveries.some(({ event }) => event.position === 105));
      assert.equal(new Set(inbox.positions).size, 105);
      await inbox.consumer.stop();
    });
  });

  test('makes a deleted stream anew, and consumers go on after what they had', async () => {
    await inWorld(await testNats(), async ({ log, connection, copy, startRelay: start }) => {
      const relay = await start();
      const inbox = await readUpTo(50, { log, relay, connection });
      const manager = await jetstreamManager(connection);
      await manager.streams.delete(log.log);
      log.grow(10);
      await copyOfAll(log, copy);
      await inbox.until((deliveries) => deliveries.some(({ event }) => event.position === 60));
      await inbox.consumer.stop();
    });
  });

  test('never halts because its stream is full: 1 MB, and consumers that lag', async () => {
    const settings = { maxBytes: 1_000_000 };
    await inWorld(
      await testNats(),
      async ({ log, connection, copy, startRelay: start }) => {
        const relay = await start();
        const source = await openJetStreamConsumerSource({ connection, logger: silent });
        let lagging = true;
        const inbox = await Inbox.open(source, { name: 'lagging', log: log.log, unsettledMax: 10 }, (delivery) => {
          if (!lagging) delivery.ack();
        });
        for (let batch = 0; batch < 10; batch += 1) relay.offer(log.grow(400, 500), log.incarnation);
        await inbox.count(10);
        await isAt(relay, 4_000);
        lagging = false;
        for (const delivery of inbox.deliveries) delivery.ack();
        const { first } = await copyOfAll(log, copy);
        assert.ok(first > 1_000);
        await inbox.until((deliveries) => deliveries.at(-1)?.event.position === 4_000);
        const retained = new Set(inbox.positions.filter((at) => at >= first));
        assert.equal(retained.size, 4_000 - first + 1);
        assert.equal(await counted('relay_resyncs_total', log.log), 1);
        await inbox.consumer.stop();
      },
      settings,
    );
  });

  test('shares a log with another that also believes it leads', async () => {
    await inWorld(await testNats(), async ({ log, copy, startRelay: start }) => {
      const one = await start({ lease: new MemoryRelayLease(systemClock) });
      const two = await start({ lease: new MemoryRelayLease(systemClock) });
      for (let round = 0; round < 30; round += 1) {
        const events = log.grow(20);
        (round % 2 === 0 ? one : two).offer(events, log.incarnation);
        await new Promise(setImmediate);
      }
      await copyOfAll(log, copy);
    });
  });
});

describe('a relay on a real server halts', () => {
  test('before a stream that is not ours, and leaves it as it is', async () => {
    await inWorld(await testNats(), async ({ log, connection, startRelay: start }) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: log.log, subjects: [`${log.log}.*`], description: 'somebody else' });
      log.grow(5);
      const relay = await start();
      const state = await untilHalted(relay);
      assert.ok(state.kind === 'halted' && state.code === 'relay_foreign_stream');
      const info = await manager.streams.info(log.log);
      assert.deepEqual([info.state.messages, info.config.description], [0, 'somebody else']);
      await manager.streams.delete(log.log);
    });
  });

  test('before a stream of another name that takes our subjects', async () => {
    await inWorld(await testNats(), async ({ log, connection, startRelay: start }) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: `${log.log}_OTHER`, subjects: [`${log.log}.>`] });
      log.grow(5);
      const relay = await start();
      const state = await untilHalted(relay);
      assert.ok(state.kind === 'halted' && state.reason.includes(`${log.log}_OTHER`));
      assert.equal((await manager.streams.info(`${log.log}_OTHER`)).state.messages, 0);
      await manager.streams.delete(`${log.log}_OTHER`);
    });
  });

  test('before a message that somebody else published, also when others were published behind it', async () => {
    await inWorld(await testNats(), async ({ log, copy, connection, startRelay: start }) => {
      const relay = await start();
      log.grow(5);
      await isAt(relay, 5);
      await jetstream(connection).publish(`${log.log}.happened`, 'no event');
      log.grow(5);
      const state = await untilHalted(relay);
      assert.ok(state.kind === 'halted', state.kind);
      assert.match(state.reason, /position 6 |message 6 /);
      assert.equal(relay.published, 5);
      // Nobody gets the message out of the stream; the way out that the relay names is open.
      const { streams } = await jetstreamManager(connection);
      await assert.rejects(streams.deleteMessage(log.log, 6));
      await assert.rejects(streams.purge(log.log));
      await assert.rejects(streams.update(log.log, { deny_delete: false, deny_purge: false }));
      assert.ok(state.nextStep.includes(`nats stream rm ${log.log}`), state.nextStep);
      await streams.delete(log.log);
      await copyOfAll(log, copy);
    });
  });

  test('when the store was restored from an older copy, until the events are imported', async () => {
    await inWorld(await testNats(), async ({ log, copy, startRelay: start }) => {
      const relay = await start();
      const original = [...log.grow(500)];
      await isAt(relay, 500);
      log.cutTo(120);
      const state = await untilHalted(relay);
      assert.ok(state.kind === 'halted' && state.code === 'relay_broker_ahead');
      const importer = {
        importEvents: async (_log: unknown, _life: unknown, events: readonly (typeof original)[number][]) => {
          log.events.push(...events);
          return log.head();
        },
      };
      assert.deepEqual(await importFromCopy({ log: log.log, source: log, copy, importer }), { imported: 380 });
      const plain = (event: (typeof original)[number]) => ({ ...event, data: Buffer.from(event.data).toString() });
      assert.deepEqual(log.events.map(plain), original.map(plain));
      log.grow(1);
      await copyOfAll(log, copy);
      assert.deepEqual(await importFromCopy({ log: log.log, source: log, copy, importer }), { imported: 0 });
    });
  });

  test('when the store was restored and went another way, until another life begins', async () => {
    await inWorld(await testNats(), async ({ log, connection, copy, startRelay: start }) => {
      const relay = await start();
      const inbox = await readUpTo(50, { log, relay, connection });
      log.cutTo(20);
      log.grow(10);
      await untilHalted(relay);
      const importer = { importEvents: async () => assert.fail('nothing may be imported') };
      const attempt = importFromCopy({ log: log.log, source: log, copy, importer });
      await assert.rejects(attempt, { code: 'import_impossible' });
      const store = {
        changeIncarnation: async () => {
          log.incarnation = newIncarnation();
          return log.head();
        },
      };
      await beginNewIncarnation({ log: log.log, store, copy });
      await copyOfAll(log, copy);
      await inbox.count(80); // the new life from its beginning, since this reader's mark says 0
      const reread = inbox.deliveries.slice(50);
      assert.deepEqual(
        reread.map(({ event }) => event.id),
        log.events.map(({ id }) => id),
      );
      assert.ok(reread.every(({ incarnation }) => incarnation === log.incarnation));
      await inbox.consumer.stop();
    });
  });
});
