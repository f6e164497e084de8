/** The whole process, over a real PostgreSQL and a real nats-server; the event store and the relay run in the test. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import {
  type CancelReason,
  decodeOrderEvent,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderId,
  orderStream,
  ordersLog,
} from '@eventstream/contracts';
import { type EventStore, loadStream } from '@eventstream/event-store';
import { eventStoreService } from '@eventstream/event-store/grpc';
import { createLog, eventStoreMigrations, sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { Relay } from '@eventstream/messaging/relay';
import { relayMigrations, SqlRelayLease } from '@eventstream/messaging/sql';
import { createLogger, newId, systemClock } from '@eventstream/platform';
import { startGrpcServer } from '@eventstream/platform/grpc';
import { migrate } from '@eventstream/platform/sql';
import type { SagaStore } from '@eventstream/saga';
import { sagaMigrations, sqlSagaStore } from '@eventstream/saga/sql';
import { aProcessMayTake, eventually } from '@eventstream/testing/eventually';
import { testNats, testPostgres } from '@eventstream/testing/harness';
import { metricsPage } from '@eventstream/testing/metrics-page';
import { facts, record, sampleOrder } from '@eventstream/testing/orders';
import { endProgram, startProgram } from '@eventstream/testing/program';
import { workerMigrations } from '@eventstream/worker/sql';

const logger = createLogger({ service: 'test', level: 'silent' });
/** A log with its relay, served over gRPC, and the databases that the coordinator needs. */
interface World {
  readonly events: EventStore;
  readonly sagas: SagaStore;
  readonly environment: Readonly<Record<string, string>>;
  relayStops(): Promise<void>;
  relayStarts(): Promise<void>;
}

async function openWorld(t: TestContext): Promise<World> {
  const { freshDatabase } = await testPostgres();
  const [eventstoredb, workersdb] = [await freshDatabase(), await freshDatabase()];
  const sql = eventstoredb.open({ maxConnections: 5 });
  await migrate(sql, { component: 'event-store', migrations: eventStoreMigrations });
  await migrate(sql, { component: 'relay', migrations: relayMigrations });
  await createLog(sql, ordersLog);
  const workersSql = workersdb.open({ maxConnections: 2 });
  await migrate(workersSql, { component: 'worker', migrations: workerMigrations });
  await migrate(workersSql, { component: 'saga', migrations: sagaMigrations });
  const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
  const events = sqlEventStore({ sql, registry, logger });
  const server = await startGrpcServer({
    address: '127.0.0.1',
    port: 0,
    implementations: [eventStoreService({ store: events, logger, clock: systemClock })],
    logger,
  });
  const nats = await testNats();
  const connection = await connectNats({ url: nats.url, name: 'test', logger });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  await copy.destroy();
  const newRelay = () => new Relay({ log: ordersLog, source: events, copy, lease: new SqlRelayLease(sql), logger });
  let relay = newRelay();
  await relay.start();
  t.after(async () => {
    await relay.stop();
    copy.close();
    await connection.close();
    await server.stop();
    await events.close();
  });
  return {
    events,
    sagas: sqlSagaStore({ sql: workersSql, saga: 'fulfilment', log: ordersLog }),
    environment: {
      EVENTSTORE_ADDRESS: `127.0.0.1:${server.port}`,
      NATS_URL: nats.url,
      WORKERSDB_URL: workersdb.url,
      DEADLINE_SETTLE: '500ms',
    },
    relayStops: () => relay.stop(),
    relayStarts: async () => {
      relay = newRelay();
      await relay.start();
    },
  };
}

const coordinator = join(import.meta.dirname, 'main.ts');

async function placed(world: World, ...told: readonly OrderEvent[]): Promise<OrderId> {
  const order = orderId(newId());
  await record(world.events, order, sampleOrder({ orderId: order }), ...told);
  return order;
}

/** Waits until the order's last event is of this kind, and answers the whole life. */
async function until(world: World, order: OrderId, kind: OrderEvent['kind']): Promise<readonly OrderEvent[]> {
  return eventually(
    async () => (await loadStream(world.events, ordersLog, orderStream(order))).map(decodeOrderEvent),
    (events) => events.at(-1)?.kind === kind,
    aProcessMayTake,
  );
}

async function assertCancelled(world: World, order: OrderId, reason: CancelReason): Promise<void> {
  const life = await until(world, order, 'cancelled');
  assert.deepEqual(life.at(-1), { kind: 'cancelled', reason });
}

describe('sagacoordinator', { timeout: 60_000 }, () => {
  before(() => Promise.all([testPostgres(), testNats()]));

  test('undoes what failed, leaves alone what did not, and goes on after it was killed', async (t) => {
    const world = await openWorld(t);
    const { child: first } = await startProgram(t, coordinator, world.environment);
    const refused = await placed(world, facts.declined);
    const blocked = await placed(world, facts.debited, facts.rejected);
    const fine = await placed(world, facts.debited);
    await assertCancelled(world, refused, 'payment_declined');
    await until(world, blocked, 'paymentVoidRequested');
    await endProgram(first, 'SIGKILL');
    await record(world.events, blocked, facts.voided);
    const { child: second } = await startProgram(t, coordinator, world.environment);
    await assertCancelled(world, blocked, 'review_rejected');
    assert.deepEqual((await until(world, fine, 'paymentDebited')).length, 2);
    assert.equal(await endProgram(second, 'SIGTERM'), 0);
    const events = await loadStream(world.events, ordersLog, orderStream(blocked));
    const [cause, asked] = events.slice(2, 4);
    assert.equal(asked?.metadata['causation-id'], cause?.id);
    assert.equal(asked?.metadata['actor'], 'sagacoordinator');
  });

  test('judges a deadline once it has passed, but not while the relay is down', async (t) => {
    const world = await openWorld(t);
    const { healthPort } = await startProgram(t, coordinator, { ...world.environment, PAYMENT_WITHIN: '100ms' });
    const early = await placed(world);
    await until(world, early, 'paymentVoidRequested');
    await world.relayStops();
    // An event on its way is no backlog, so the gate closes only when one has waited to be published for a while.
    await placed(world, facts.debited, facts.approved);
    await eventually(
      () => metricsPage(healthPort),
      (metrics) => /^saga_deadlines_judged{step="payment"} 0$/m.test(metrics),
      aProcessMayTake,
    );
    const late = await placed(world);
    // Long overdue, and looked at by the gate and the loop several times meanwhile.
    await eventually(
      async () => (await world.sagas.list({ status: 'running', olderThanMs: 2_000, limit: 1 })).sagas.length,
      (found) => found > 0,
      aProcessMayTake,
    );
    assert.equal((await world.sagas.counts()).overdue, 1);
    assert.equal((await until(world, late, 'created')).length, 1);
    await world.relayStarts();
    await until(world, late, 'paymentVoidRequested');
  });
});
