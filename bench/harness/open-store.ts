/** The event store in this process, over an empty database. */
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import {
  createLog,
  eventStoreComponent,
  eventStoreMigrations,
  type SqlEventStore,
  sqlEventStore,
} from '@eventstream/event-store/sql';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { openDatabase, quiet } from './open-database.ts';

/** As many connections as eventstoresvc has. */
const connections = 8;
const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };

/** Opens it; makes tables and log where there are none. */
export async function openStore(databaseUrl: string): Promise<{ readonly sql: Sql; readonly store: SqlEventStore }> {
  const sql = openDatabase(databaseUrl, connections);
  await migrate(sql, { component: eventStoreComponent, migrations: eventStoreMigrations });
  await createLog(sql, ordersLog);
  return { sql, store: sqlEventStore({ sql, registry, logger: quiet }) };
}
