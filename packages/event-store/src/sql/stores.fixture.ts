/** For this folder's tests: SQL stores over one fresh, migrated database. */
import {
  type EventType,
  eventId,
  eventType,
  type LogName,
  logName,
  noRevision,
  streamName,
} from '@eventstream/contracts';
import { createLogger, newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import type { EventRegistry, ExpectedRevision, Write } from '../port.ts';
import { createLog } from './create-log.ts';
import type { SqlStoreLimits } from './limits.ts';
import { eventStoreComponent, eventStoreMigrations } from './migrations.ts';
import { type SqlEventStore, sqlEventStore } from './sql-event-store.ts';

/** A database with the store's tables, and stores on it. */
export interface StoreDatabase {
  readonly sql: Sql;
  /** A pool of three connections by way of a link that the proxy can break. */
  openBreakable(): ReturnType<TestDatabase['openBreakable']>;
  /** Opens a store of its own over `sql`, or over a wrapped one; close it yourself. */
  openStore(registry: EventRegistry, options?: { sql?: Sql; limits?: Partial<SqlStoreLimits> }): SqlEventStore;
  /** A log nobody else uses, created, with one type. */
  newLog(): Promise<{ log: LogName; type: EventType; registry: EventRegistry }>;
}

/** Makes the database. */
export async function storeDatabase(): Promise<StoreDatabase> {
  const { freshDatabase } = await testPostgres();
  const fresh = await freshDatabase();
  const sql = fresh.open();
  await migrate(sql, { component: eventStoreComponent, migrations: eventStoreMigrations });
  const logger = createLogger({ service: 'test', level: 'silent' });
  let logs = 0;
  return {
    sql,
    openBreakable: () => fresh.openBreakable({ maxConnections: 3 }),
    openStore: (registry, options = {}) =>
      sqlEventStore({ sql: options.sql ?? sql, registry, logger, limits: options.limits ?? {} }),
    newLog: async () => {
      logs += 1;
      const log = logName(`LOG_${logs}`);
      const type = eventType(`${log}.happened`);
      await createLog(sql, log);
      return { log, type, registry: { types: new Map([[log, new Set<string>([type])]]) } };
    },
  };
}

/** A write of one event; what is not said is new. */
export function oneEvent(
  { log, type }: { readonly log: LogName; readonly type: EventType },
  given: { stream?: string; id?: string; expected?: ExpectedRevision; data?: string; actor?: string } = {},
): Write {
  const { stream = `order-${newId()}`, id = newId(), expected = noRevision, data = '{}', actor = 'test' } = given;
  const event = { id: eventId(id), type, data: Buffer.from(data), metadata: { actor } };
  return { log, streams: [{ stream: streamName(stream), expected, events: [event] }] };
}
