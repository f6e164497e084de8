/** The whole process, over a real PostgreSQL and a real nats-server: what it promises when things die. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { ordersLog } from '@eventstream/contracts';
import { StoreUnavailable } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { importEvents, sqlEventStore } from '@eventstream/event-store/sql';
import { freePort } from '@eventstream/local-servers';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { importFromCopy } from '@eventstream/messaging/relay';
import { createLogger, newId } from '@eventstream/platform';
import { aProcessMayTake, eventually } from '@eventstream/testing/eventually';
import { ownNats } from '@eventstream/testing/harness';
import { endProgram } from '@eventstream/testing/program';
import { bootstrapped, placeOrder, startService, storedIds } from './eventstoresvc-process.fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

async function readyz(port: number): Promise<{ readonly code: number; readonly body: { readonly status: string } }> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return { code: response.status, body: JSON.parse(await response.text()) };
}

describe('eventstoresvc', { timeout: 60_000 }, () => {
  test('killed under load: what it acknowledged is stored once and published in place', async (t) => {
    const database = await bootstrapped();
    const nats = await ownNats();
    const port = await freePort();
    const environment = { EVENTSTOREDB_URL: database.url, NATS_URL: nats.url, GRPC_PORT: String(port) };
    const first = await startService(t, environment);
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger, appendTimeoutMs: 30_000 });
    t.after(() => client.close());
    const ids = Array.from({ length: 4000 }, () => newId());
    let acked = 0;
    const reached = Promise.withResolvers<void>();
    const load = Promise.all(
      Array.from({ length: 100 }, async (_, lane) => {
        for (let index = lane; index < ids.length; index += 100) {
          const outcome = await client.append(placeOrder(ids[index]));
          assert.equal(outcome.kind, 'appended');
          acked += 1;
          if (acked === 1000) reached.resolve();
        }
      }),
    );
    await reached.promise;
    await endProgram(first.child, 'SIGKILL');
    const second = await startService(t, environment);
    await load;
    const stored = await storedIds(client);
    assert.equal(stored.length, ids.length);
    assert.deepEqual(new Set(stored), new Set(ids));
    await assertPublished(nats.url, stored.length);
    assert.equal(
      (
        await eventually(
          () => readyz(second.healthPort),
          ({ body }) => body.status === 'ready',
          aProcessMayTake,
        )
      ).code,
      200,
    );
    await client.close();
    assert.equal(await endProgram(second.child, 'SIGTERM'), 0);
  });

  test('serves without a broker, says so, and publishes once it comes', async (t) => {
    const database = await bootstrapped();
    const port = await freePort();
    const natsPort = await freePort();
    const { healthPort } = await startService(t, {
      EVENTSTOREDB_URL: database.url,
      NATS_URL: `nats://127.0.0.1:${natsPort}`,
      GRPC_PORT: String(port),
    });
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger });
    t.after(() => client.close());
    assert.equal((await client.append(placeOrder())).kind, 'appended');
    const without = await readyz(healthPort);
    assert.deepEqual([without.code, without.body.status], [200, 'degraded'], JSON.stringify(without.body));
    const nats = await ownNats({ port: natsPort });
    await eventually(
      () => readyz(healthPort),
      ({ body }) => body.status === 'ready',
      aProcessMayTake,
    );
    await assertPublished(nats.url, 1);
  });

  test('starts without its database, is not ready, and refuses what it cannot store', async (t) => {
    const port = await freePort();
    const nobody = await freePort();
    const { healthPort } = await startService(t, {
      EVENTSTOREDB_URL: `postgres://eventstoresvc@127.0.0.1:${nobody}/eventstoredb`,
      NATS_URL: `nats://127.0.0.1:${nobody}`,
      GRPC_PORT: String(port),
      APPEND_WITHIN: '200ms',
    });
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger, appendTimeoutMs: 2_000 });
    t.after(() => client.close());
    assert.equal((await readyz(healthPort)).code, 503);
    await assert.rejects(client.append(placeOrder()), StoreUnavailable);
  });
});

describe('a database that is read and takes nothing', { timeout: 60_000 }, () => {
  test('is not called ready: since when and why nothing is stored is a check of its own, until the next success', async (t) => {
    const database = await bootstrapped();
    const nats = await ownNats();
    const port = await freePort();
    const environment = { EVENTSTOREDB_URL: database.url, NATS_URL: nats.url, GRPC_PORT: String(port) };
    const { healthPort } = await startService(t, environment);
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger });
    t.after(() => client.close());
    const sql = database.open({ maxConnections: 1 });
    await sql.execute('alter table events rename column metadata to elsewhere');
    await assert.rejects(client.append(placeOrder()), StoreUnavailable);
    const failing = await readyz(healthPort);
    assert.deepEqual([failing.code, failing.body.status], [200, 'degraded']);
    const appends = /"name":"appends","optional":true,"ok":false,"reason":"nothing has been stored since 2.*metadata/;
    assert.match(JSON.stringify(failing.body), appends);
    await sql.execute('alter table events rename column elsewhere to metadata');
    assert.equal((await client.append(placeOrder())).kind, 'appended');
    const mended = () => readyz(healthPort);
    await eventually(mended, ({ body }) => body.status === 'ready', aProcessMayTake);
  });
});

describe('a store that was restored from an older copy while nobody ran', { timeout: 60_000 }, () => {
  const isHeld = (error: unknown): boolean =>
    error instanceof StoreUnavailable && /\[relay_broker_ahead\].*`npx eventstream log import`/.test(error.message);

  test('is not written to, until what it lost has come back from the broker', async (t) => {
    const world = await published(t, 5);
    await endProgram((await world.start()).child, 'SIGKILL');
    await world.restoreTo(3);
    const { healthPort } = await world.start();
    await assert.rejects(world.client.append(placeOrder()), isHeld);
    assert.match(JSON.stringify(await readyz(healthPort)), /eventstream log import/);
    assert.deepEqual(await storedIds(world.client), world.ids.slice(0, 3));
    assert.deepEqual(await world.importAll(), { imported: 2 });
    const added = placeOrder();
    await eventually(
      () => world.client.append(added).catch((error: unknown) => error),
      (outcome) => !(outcome instanceof StoreUnavailable),
      aProcessMayTake,
    );
    await assertPublished(world.natsUrl, 6);
    assert.deepEqual(await storedIds(world.client), [...world.ids, added.streams[0].events[0].id]);
  });

  test('is not written to by an instance that does not lead either', async (t) => {
    const world = await published(t, 5);
    await world.start();
    await world.restoreTo(3);
    const second = await world.startOther();
    await assert.rejects(second.append(placeOrder()), isHeld);
    await assert.rejects(world.client.append(placeOrder()), StoreUnavailable);
    assert.equal((await world.importAll()).imported, 2);
    await eventually(
      () => second.append(placeOrder()).catch((error: unknown) => error),
      (outcome) => !(outcome instanceof StoreUnavailable),
      aProcessMayTake,
    );
  });

  test('is written to no further once the broker is back and shows what was lost', async (t) => {
    const world = await published(t, 5);
    const nobody = await freePort();
    await world.restoreTo(3);
    const without = await world.start(`nats://127.0.0.1:${nobody}`);
    assert.equal((await world.client.append(placeOrder())).kind, 'appended', 'orders are taken without a broker');
    await endProgram(without.child, 'SIGTERM');
    await world.start();
    await assert.rejects(world.client.append(placeOrder()), isHeld);
    await assert.rejects(world.importAll(), { code: 'import_impossible' });
  });

  test('a broker that takes connections and never answers keeps nobody waiting', async (t) => {
    const database = await bootstrapped();
    const mute = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    t.after(() => mute.close());
    const address = mute.address();
    assert(address !== null && typeof address === 'object');
    const port = await freePort();
    await startService(t, {
      EVENTSTOREDB_URL: database.url,
      NATS_URL: `nats://127.0.0.1:${address.port}`,
      GRPC_PORT: String(port),
    });
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, logger });
    t.after(() => client.close());
    assert.equal((await client.append(placeOrder())).kind, 'appended');
  });
});

/** A log of so many events, all of them at the broker, and nobody running. */
async function published(t: TestContext, count: number) {
  const database = await bootstrapped();
  const nats = await ownNats();
  const port = await freePort();
  const environment = { EVENTSTOREDB_URL: database.url, NATS_URL: nats.url, GRPC_PORT: String(port) };
  const sql = database.open({ maxConnections: 2 });
  const connect = (address: string) => {
    const client = grpcEventStore({ address, logger });
    t.after(() => client.close());
    return client;
  };
  const { child } = await startService(t, environment);
  const client = connect(`127.0.0.1:${port}`);
  const ids = Array.from({ length: count }, () => newId());
  for (const id of ids) assert.equal((await client.append(placeOrder(id))).kind, 'appended');
  await assertPublished(nats.url, count);
  await endProgram(child, 'SIGTERM');
  return {
    natsUrl: nats.url,
    ids,
    client,
    start: (natsUrl = nats.url) => startService(t, { ...environment, NATS_URL: natsUrl }),
    /** Another instance beside the one at `client`. */
    startOther: async () => {
      const other = String(await freePort());
      await startService(t, { ...environment, GRPC_PORT: other });
      return connect(`127.0.0.1:${other}`);
    },
    /** As a backup would that was made when the log ended here. */
    restoreTo: (position: number) =>
      sql.transaction(async (tx) => {
        await tx.execute('delete from events where position > $1', [position]);
        await tx.execute('update log_heads set position = $1', [position]);
      }),
    /** What `eventstream log import` does. */
    importAll: async () => {
      const connection = await connectNats({ url: nats.url, name: 'test', logger });
      const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
      const source = sqlEventStore({ sql, registry: { types: new Map() }, logger });
      try {
        return await importFromCopy({
          log: ordersLog,
          source,
          copy,
          importer: { importEvents: (_log, life, events) => importEvents(sql, life, events) },
        });
      } finally {
        copy.close();
        await connection.close();
      }
    },
  };
}

/** The broker's copy has this many messages, and the last one stands where the log's last event does. */
async function assertPublished(url: string, count: number): Promise<void> {
  const connection = await connectNats({ url, name: 'test', logger });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  const state = await eventually(
    () => copy.inspect(),
    (found) => found.kind === 'ours' && found.last >= count,
    aProcessMayTake,
  );
  assert.equal(state.kind === 'ours' && state.last, count);
  copy.close();
  await connection.close();
}
