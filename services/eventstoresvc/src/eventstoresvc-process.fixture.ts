/** eventstoresvc as a process of its own, over a real PostgreSQL. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  encodeOrderEvent,
  eventId,
  noRevision,
  nowhere,
  orderEventTypes,
  orderId,
  orderSchemaVersion,
  orderStream,
  ordersLog,
  type Position,
} from '@eventstream/contracts';
import type { EventStore, Write } from '@eventstream/event-store';
import { createLog, eventStoreComponent, eventStoreMigrations } from '@eventstream/event-store/sql';
import { relayMigrations } from '@eventstream/messaging/sql';
import { newId } from '@eventstream/platform';
import { migrate } from '@eventstream/platform/sql';
import { currencyOf } from '@eventstream/service-kit/settings';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';

/** A database that the bootstrapper has prepared. */
export async function bootstrapped(): Promise<TestDatabase> {
  const { freshDatabase } = await testPostgres();
  const database = await freshDatabase();
  const sql = database.open({ maxConnections: 1 });
  await migrate(sql, { component: eventStoreComponent, migrations: eventStoreMigrations });
  await migrate(sql, { component: 'relay', migrations: relayMigrations });
  await createLog(sql, ordersLog);
  return database;
}

/** Starts the process and waits until it says that it serves. */
export async function startService(t: TestContext, environment: Readonly<Record<string, string>>): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'main.ts'), {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', HEALTH_PORT: '0', ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => kill(child, 'SIGKILL'));
  const [message] = await once(child, 'message');
  return { child, healthPort: message.healthPort };
}

/** The process, once it serves. */
export interface Running {
  readonly child: ChildProcess;
  readonly healthPort: number;
}

/** Ends the process; its exit code. */
export async function kill(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}

/** A write that creates an order. */
export function placeOrder(id = newId()): Write {
  const order = orderId(id);
  const amount = { minor: 40000n, currency: currencyOf('USD') };
  const data = encodeOrderEvent(order, {
    kind: 'created',
    orderId: order,
    customerId: 'c',
    restaurantId: 'r',
    items: [{ code: 'vm', name: 'Veg Meals', unitPriceMinor: 20000n, quantity: 2 }],
    amount,
    createdOn: '2026-01-01T00:00:00.000Z',
    requestHash: '',
  });
  const event = {
    id: eventId(id),
    type: orderEventTypes.created,
    data,
    metadata: { 'schema-version': orderSchemaVersion },
  };
  return { log: ordersLog, streams: [{ stream: orderStream(order), expected: noRevision, events: [event] }] };
}

/** Ids of everything in the log. */
export async function storedIds(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for (let after: Position = nowhere; ; ) {
    const page = await store.readLog(ordersLog, after, { limit: 1000 });
    ids.push(...page.events.map(({ id }) => id));
    if (page.scannedTo >= page.head) return ids;
    after = page.scannedTo;
  }
}
