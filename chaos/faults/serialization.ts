/** Transactions that PostgreSQL wants to have repeated (40001), at random. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../pause.ts';
import type { Database, Postgres } from '../stage/postgres.ts';
import type { Fault } from './fault.ts';

const install = readFileSync(join(import.meta.dirname, 'serialization-failures.sql'), 'utf8');

/** The tables that each database's services change. */
const tablesOf: Readonly<Record<Database, readonly string[]>> = {
  eventstoredb: ['events', 'log_heads'],
  ordersdb: ['orders', 'orderitems', 'projections'],
  workersdb: ['sagas', 'saga_checkpoints', 'payment_intents', 'worker_marks', 'worker_waiting'],
  gatewaydb: ['payments', 'ledger_entries'],
};

const removeTriesMax = 10;
const lookEveryMs = 250;
const atMostMs = 60_000;

/** One for each database. */
export const serializationFailures: readonly Fault[] = Object.entries(tablesOf).flatMap(([name, tables]) =>
  isDatabase(name) ? [failing(name, tables)] : [],
);

function failing(database: Database, tables: readonly string[]): Fault {
  return {
    name: `serialization failures in ${database}`,
    family: 'sql',
    lane: 'surroundings',
    async inflict({ postgres }, draw, over) {
      const text = install
        .replace(':probability', String(draw.between(0.05, 0.4)))
        .replace(':tables', tables.map((table) => `'${table}'`).join(', '));
      await postgres.asAdmin(database, (sql) => sql.query(text));
      const atLeastMs = draw.between(1_500, 5_000);
      const sinceMs = performance.now();
      let count = 0;
      try {
        // Something else may hold all work up: then it lasts until it has met some.
        do {
          await pause(lookEveryMs, over);
          count = await failuresIn(postgres, database);
        } while (
          !over.aborted &&
          (performance.now() < sinceMs + atLeastMs || (count === 0 && performance.now() < sinceMs + atMostMs))
        );
      } finally {
        await remove(postgres, database, tables);
      }
      return count;
    },
  };
}

/** Waits for the tables' locks behind everybody else, so it may take a few tries. */
async function remove(postgres: Postgres, database: Database, tables: readonly string[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await postgres.asAdmin(database, async (sql) => {
        for (const table of tables) await sql.execute(`drop trigger if exists chaos_fail on ${table}`);
        await sql.execute('drop function if exists chaos_fail');
        await sql.execute('drop sequence if exists chaos_failures');
      });
      return;
    } catch (error) {
      if (tries === removeTriesMax) throw error;
    }
  }
}

async function failuresIn(postgres: Postgres, database: Database): Promise<number> {
  return postgres.asAdmin(database, async (sql) => {
    const [row] = await sql.query<{ failures: bigint }>(
      'select case when is_called then last_value else 0 end as failures from chaos_failures',
    );
    return Number(row?.failures ?? 0n);
  });
}

function isDatabase(name: string): name is Database {
  return Object.hasOwn(tablesOf, name);
}
