import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { eventType, type LogName, logName, type RecordedEvent } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import { Inbox, newIncarnation, newLife, recordedEvent, recordedEvents } from '@eventstream/testing/contracts';
import { eventually } from '@eventstream/testing/eventually';
import { ownNats, temporaryFolder, testNats } from '@eventstream/testing/harness';
import { type ConsumerConfig, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { connectNats, natsReadiness } from './connect-nats.ts';
import { openJetStreamConsumerSource } from './consumer-source.ts';
import { type JetStreamLogCopy, openJetStreamLogCopy } from './log-copy.ts';

const silent = createLogger({ service: 'test', level: 'silent' });
const freshLog = (): LogName => logName(`D${randomUUID().slice(0, 8).toUpperCase()}`);

interface World {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly log: LogName;
  readonly copy: JetStreamLogCopy;
}

const inWorld = (work: (world: World) => Promise<void>) => async () => {
  const connection = await connectNats({ url: (await testNats()).url, name: 'test', logger: silent });
  const log = freshLog();
  const copy = await openJetStreamLogCopy({ connection, log, settings: { maxBytes: 10_000_000 }, ackWaitMs: 1_000 });
  try {
    await work({ connection, manager: await jetstreamManager(connection), log, copy });
  } finally {
    await connection.close();
  }
};

describe('a log’s stream', () => {
  test(
    'has no drift when it is made, and shows what somebody changed',
    inWorld(async ({ manager, log, copy }) => {
      const life = newIncarnation();
      assert.deepEqual(await copy.drifts(life), []);
      await copy.create(life);
      assert.deepEqual(await copy.drifts(life), []);
      await manager.streams.update(log, { max_bytes: 5_000_000 });
      const drifts = await copy.drifts(life);
      assert.deepEqual(
        drifts.map(({ field, found }) => [field, found]),
        [['max_bytes', '5000000']],
      );
    }),
  );

  test(
    'lets nobody delete or purge messages',
    inWorld(async ({ manager, log, copy }) => {
      const life = await newLife(copy);
      await copy.publish(recordedEvents(log, { count: 3 }), life);
      await assert.rejects(manager.streams.deleteMessage(log, 2));
      await assert.rejects(manager.streams.purge(log));
    }),
  );

  test(
    'that is not ours is neither made over, nor compared, nor destroyed',
    inWorld(async ({ manager, log, copy }) => {
      await manager.streams.add({ name: log, subjects: [`${log}.*`] });
      await assert.rejects(copy.create(newIncarnation()), { code: 'stream_foreign' });
      await assert.rejects(copy.drifts(newIncarnation()), { code: 'stream_foreign' });
      await assert.rejects(copy.destroy(), { code: 'stream_foreign' });
      assert.equal((await manager.streams.info(log)).config.description ?? '', '');
    }),
  );
});

describe('a window', () => {
  test(
    'needs one answer, however long it is',
    inWorld(async ({ connection, log, copy }) => {
      const life = await newLife(copy);
      const before = connection.stats().inMsgs;
      const outcome = await copy.publish(recordedEvents(log, { count: 200 }), life);
      assert.deepEqual(outcome, { kind: 'published', last: 200 });
      assert.equal(connection.stats().inMsgs - before, 1);
    }),
  );

  test(
    'stores nothing behind somebody else’s message in its place, also when that came in between',
    inWorld(async ({ connection, manager, log, copy }) => {
      const life = await newLife(copy);
      const events = recordedEvents(log, { count: 8 });
      await copy.publish(events.slice(0, 2), life);
      connection.publish(`${log}.first`, 'somebody else was here');
      const windows = [events.slice(2, 3), events.slice(3, 6), events.slice(6)];
      const outcomes = await Promise.all(windows.map((window) => copy.publish(window, life)));
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['doubt', 'doubt', 'doubt'],
      );
      assert.equal((await manager.streams.info(log)).state.last_seq, 3);
    }),
  );

  test(
    'names the event that the server alone refuses, first of the window, in its midst or last',
    inWorld(async ({ manager, log, copy }) => {
      const life = await newLife(copy);
      await manager.streams.update(log, { max_msg_size: 5_000 });
      let from = 1;
      for (const at of [0, 2, 3]) {
        const large = recordedEvent(log, from + at, { dataBytes: 6_000 });
        const window = recordedEvents(log, { from, count: 4 }).with(at, large);
        const outcome = await copy.publish(window, life);
        assert.ok(outcome.kind === 'unpublishable' && outcome.position === large.position, JSON.stringify(outcome));
        const state = await copy.inspect();
        assert.ok(state.kind === 'ours' && state.last === large.position - 1);
        assert.deepEqual(await copy.publishStub(large, life), { kind: 'published', last: large.position });
        from = large.position + 1;
      }
    }),
  );
});

const publishAs = async ({ log, copy }: World, type: RecordedEvent['type']) => {
  const life = await newLife(copy);
  const outcome = await copy.publish([{ ...recordedEvent(log, 1), type }], life);
  assert.equal(outcome.kind, 'unpublishable');
  assert.equal((await copy.publishStub({ ...recordedEvent(log, 1), type }, life)).kind, 'unpublishable');
};

describe('a type that is not of the log', () => {
  test(
    'never reaches the server’s own API',
    inWorld(async (world) => {
      await world.manager.streams.add({ name: `${world.log}_VICTIM`, subjects: [`${world.log}_VICTIM`] });
      const smuggled = `$JS.API.STREAM.DELETE.${world.log}_VICTIM`;
      assert.throws(() => eventType(smuggled), { code: 'contracts_malformed_value' });
      await publishAs(world, JSON.parse(JSON.stringify(smuggled))); // as if some parser had let it through
      assert.equal((await world.manager.streams.info(`${world.log}_VICTIM`)).config.name, `${world.log}_VICTIM`);
    }),
  );

  test(
    'never lands in another log’s stream',
    inWorld(async (world) => {
      const other = freshLog();
      await world.manager.streams.add({ name: other, subjects: [`${other}.*`] });
      await publishAs(world, eventType(`${other}.first`));
      assert.equal((await world.manager.streams.info(other)).state.messages, 0);
    }),
  );
});

describe('a consumer on JetStream', () => {
  test(
    'skips what is no event of ours, and goes on behind it',
    inWorld(async ({ connection, log, copy }) => {
      const life = await newLife(copy);
      await copy.publish([recordedEvent(log, 1)], life);
      connection.publish(`${log}.first`, 'somebody else was here');
      await connection.flush();
      await copy.publish([recordedEvent(log, 3)], life);
      const inbox = await Inbox.open(await openJetStreamConsumerSource({ connection, logger: silent }), {
        name: 'c',
        log,
      });
      await inbox.count(2);
      assert.deepEqual(inbox.positions, [1, 3]);
      await eventually(
        () => inbox.consumer.lag(),
        ({ unsettled }) => unsettled === 0,
      );
      await inbox.consumer.stop();
    }),
  );

  test(
    'takes over changed limits, and is made anew for a changed filter',
    inWorld(async ({ connection, manager, log, copy }) => {
      const life = await newLife(copy);
      await copy.publish(recordedEvents(log, { count: 6 }), life);
      const source = await openJetStreamConsumerSource({ connection, logger: silent });
      const all = await Inbox.open(source, { name: 'c', log, unsettledMax: 10 });
      await all.count(6);
      await all.consumer.stop();
      const wider = await Inbox.open(source, { name: 'c', log, unsettledMax: 20 });
      await eventually(
        () => manager.consumers.info(log, 'c'),
        ({ config }) => config.max_ack_pending === 20,
      );
      await wider.consumer.stop();
      const some = await Inbox.open(source, { name: 'c', log, type: eventType(`${log}.second`) });
      await some.count(3);
      assert.deepEqual(some.positions, [2, 4, 6]);
      await some.consumer.stop();
    }),
  );
});

describe('a consumer that an operator changes while it runs', { concurrency: true }, () => {
  const edits: readonly (readonly [string, Partial<ConsumerConfig>])[] = [
    ['its wait for an ack', { ack_wait: nanos(1_000) }],
    ['how much it may have in hand', { max_ack_pending: 1 }],
    ['how often it delivers', { max_deliver: 1 }],
    ['its largest request', { max_batch: 1 }],
    ['what it leaves out', { headers_only: true }],
  ];
  for (const [what, edit] of edits)
    test(
      `${what}, is brought back`,
      inWorld(async ({ connection, manager, log, copy }) => {
        const life = await newLife(copy);
        const source = await openJetStreamConsumerSource({ connection, logger: silent });
        const inbox = await Inbox.open(source, { name: 'c', log });
        await copy.publish(recordedEvents(log, { count: 2 }), life);
        await inbox.count(2);
        const { config: before } = await manager.consumers.info(log, 'c');
        await manager.consumers.update(log, 'c', edit);
        // One that cannot be changed back is made anew: for a moment there is none.
        await eventually(
          () => manager.consumers.info(log, 'c').catch(() => undefined),
          (found) => isDeepStrictEqual(found?.config, before),
        );
        await inbox.consumer.stop();
      }),
    );

  test(
    'to leave the bodies out, says that they are to be read from the store',
    inWorld(async ({ connection, manager, log, copy }) => {
      const life = await newLife(copy);
      const source = await openJetStreamConsumerSource({ connection, logger: silent });
      const inbox = await Inbox.open(source, { name: 'c', log });
      await copy.publish(recordedEvents(log, { count: 1 }), life);
      await inbox.count(1);
      await manager.consumers.update(log, 'c', { headers_only: true });
      await copy.publish(recordedEvents(log, { from: 2, count: 1 }), life);
      await inbox.count(2);
      assert.deepEqual(
        inbox.deliveries.map(({ event, stub }) => [event.position, stub]),
        [
          [1, false],
          [2, true],
        ],
      );
      await inbox.consumer.stop();
    }),
  );

  test(
    'its filter, hands over nothing that was not asked for, and is brought back',
    inWorld(async ({ connection, manager, log, copy }) => {
      const life = await newLife(copy);
      const source = await openJetStreamConsumerSource({ connection, logger: silent });
      const inbox = await Inbox.open(source, { name: 'c', log, type: eventType(`${log}.second`) });
      await copy.publish(recordedEvents(log, { count: 2 }), life);
      await inbox.count(1);
      await manager.consumers.update(log, 'c', { filter_subject: `${log}.first` });
      await copy.publish(recordedEvents(log, { from: 3, count: 4 }), life);
      await inbox.until((deliveries) => deliveries.some(({ event }) => event.position === 6));
      assert.deepEqual([...new Set(inbox.deliveries.map(({ event }) => event.type))], [`${log}.second`]);
      const { config } = await manager.consumers.info(log, 'c');
      assert.equal(config.filter_subject, `${log}.second`);
      await inbox.consumer.stop();
    }),
  );
});

describe('a connection', () => {
  test('waits for a server that starts later, and says whether it is up', async () => {
    const storeDir = await temporaryFolder();
    const first = await ownNats({ storeDir });
    const { port, monitorPort, url } = first;
    await first.stop();
    const connecting = connectNats({ url, name: 'early', logger: silent });
    const server = await ownNats({ storeDir, port, monitorPort });
    const connection = await connecting;
    const readiness = natsReadiness(connection);
    assert.deepEqual(await readiness.check(), { ok: true });
    await connection.close();
    assert.equal((await readiness.check()).ok, false);
    await server.stop();
  });

  /** Resolves when its log has so many lines like this. */
  const said = (lines: readonly string[], what: RegExp, times = 1) =>
    eventually(
      () => lines.filter((line) => what.test(line)).length,
      (found) => found >= times,
    );
  const writingTo = (lines: string[]) =>
    createLogger({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } });

  test('comes back at once, though the machine’s clock was set back by an hour since it was made', async (t) => {
    const storeDir = await temporaryFolder();
    const first = await ownNats({ storeDir });
    const { port, monitorPort, url } = first;
    const lines: string[] = [];
    const connection = await connectNats({ url, name: 'early', logger: writingTo(lines) });
    t.mock.method(Date, 'now', () => performance.timeOrigin + performance.now() - 3_600_000);
    try {
      await first.kill();
      const second = await ownNats({ storeDir, port, monitorPort });
      await said(lines, /connected to nats-server again/);
      await second.stop();
    } finally {
      await connection.close();
    }
  });

  test('comes back after a server that for a while knew its name and password no more', async () => {
    const storeDir = await temporaryFolder();
    const ports = await ownNats({ storeDir });
    await ports.stop();
    const { port, monitorPort } = ports;
    const start = (password: string) =>
      ownNats({ storeDir, port, monitorPort, configuration: `authorization { user: us, password: ${password} }` });
    const first = await start('right');
    const lines: string[] = [];
    const url = `nats://us:right@127.0.0.1:${port}`;
    const connection = await connectNats({ url, name: 'known', logger: writingTo(lines) });
    await first.kill();
    const strict = await start('other');
    try {
      await said(lines, /authorization violation/i, 3);
      await strict.kill();
      const second = await start('right');
      await said(lines, /connected to nats-server again/);
      await second.stop();
    } finally {
      await connection.close();
    }
  });
});
