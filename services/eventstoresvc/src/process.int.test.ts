/** The whole process, over a real PostgreSQL and a real nats-server: what it promises when things die. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ordersLog } from '@eventstream/contracts';
import { StoreUnavailable } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { freePort } from '@eventstream/local-servers';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLog, newId } from '@eventstream/platform';
import { ownNats } from '@eventstream/testing/harness';
import { bootstrapped, kill, placeOrder, startService, storedIds } from './eventstoresvc-process.fixture.ts';

const log = createLog({ service: 'test', level: 'silent' });

/** Asks until the answer is as wanted; the test's own time limit ends it otherwise. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

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
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, log, appendTimeoutMs: 30_000 });
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
    await kill(first.child, 'SIGKILL');
    const second = await startService(t, environment);
    await load;
    const stored = await storedIds(client);
    assert.equal(stored.length, ids.length);
    assert.deepEqual(new Set(stored), new Set(ids));
    await assertPublished(nats.url, stored.length);
    assert.equal(
      (
        await until(
          () => readyz(second.healthPort),
          ({ body }) => body.status === 'ready',
        )
      ).code,
      200,
    );
    await client.close();
    assert.equal(await kill(second.child, 'SIGTERM'), 0);
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
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, log });
    t.after(() => client.close());
    assert.equal((await client.append(placeOrder())).kind, 'appended');
    const without = await readyz(healthPort);
    assert.deepEqual([without.code, without.body.status], [200, 'degraded'], JSON.stringify(without.body));
    const nats = await ownNats({ port: natsPort });
    await until(
      () => readyz(healthPort),
      ({ body }) => body.status === 'ready',
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
    const client = grpcEventStore({ address: `127.0.0.1:${port}`, log, appendTimeoutMs: 2_000 });
    t.after(() => client.close());
    assert.equal((await readyz(healthPort)).code, 503);
    await assert.rejects(client.append(placeOrder()), StoreUnavailable);
  });
});

/** The broker's copy has this many messages, and the last one stands where the log's last event does. */
async function assertPublished(url: string, count: number): Promise<void> {
  const connection = await connectNats({ url, name: 'test', log });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  const state = await until(
    () => copy.inspect(),
    (found) => found.kind === 'ours' && found.last >= count,
  );
  assert.equal(state.kind === 'ours' && state.last, count);
  copy.close();
  await connection.close();
}
