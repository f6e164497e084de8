/** Finds tables that a database remembers to have made and has no more: no migration makes them again. */
import { CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { DatabasePlan } from './databases.ts';

const made = /create table if not exists (\w+)/gi;

/** Every table that the migrations of a database make. */
function tablesOf(plan: DatabasePlan): string[] {
  const migrations = plan.components.flatMap((component) => component.migrations);
  return migrations.flatMap(({ statement }) => [...statement.matchAll(made)].map(([, table]) => table ?? ''));
}

/** @throws CodedError `tables_removed`. Services would wait for them for ever. */
export async function refuseRemovedTables(sql: Sql, plan: DatabasePlan): Promise<void> {
  const rows = await sql.query<{ table_name: string }>(
    'select table_name from information_schema.tables where table_schema = current_schema()',
  );
  const there = new Set(rows.map((row) => row.table_name));
  const removed = tablesOf(plan).filter((table) => !there.has(table));
  if (removed.length === 0) return;
  const { name } = plan;
  throw new CodedError(
    'tables_removed',
    `somebody has removed from ${name} what was made there: ${removed.join(', ')}`,
    {
      details: { database: name, tables: removed },
      nextStep: waysBack[name],
    },
  );
}

const restore = 'bring them back from a backup (docs/operations.md, "Restore")';
const anew = 'drop the database, and start again: it is made anew and filled from the log';
const waysBack: Readonly<Record<DatabasePlan['name'], string>> = {
  eventstoredb: restore,
  gatewaydb: restore,
  ordersdb: `${restore}, or ${anew}`,
  workersdb: `${restore}, or ${anew}; payment intents and decisions about dead letters are lost with it`,
};
