/** eventstoresvc as a process of its own, over a real PostgreSQL. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventId, noRevision, nowhere, orderId, orderStream, ordersLog, type Position } from '@eventstream/contracts';
import type { EventStore, Write } from '@eventstream/event-store';
import { createLog, eventStoreComponent, eventStoreMigrations } from '@eventstream/event-store/sql';
import { relayMigrations } from '@eventstream/messaging/sql';
import { newId } from '@eventstream/platform';
import { migrate } from '@eventstream/platform/sql';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import { eventOfFact, sampleOrder } from '@eventstream/testing/orders';
import { startProgram } from '@eventstream/testing/program';

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
export function startService(t: TestContext, environment: Readonly<Record<string, string>>) {
  return startProgram(t, join(import.meta.dirname, 'main.ts'), environment);
}

/** A write that creates an order. */
export function placeOrder(id = newId()): Write {
  const order = orderId(id);
  const event = { ...eventOfFact(order, sampleOrder({ orderId: order })), id: eventId(id) };
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
