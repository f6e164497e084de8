/**
 * Brings a database to the shape a component expects: numbered statements, each applied once, in order, and never
 * changed afterwards. Any number of processes may run this at once; a lease row lets one work while the others wait.
 * Safety does not rest on the lease: the primary key of schema_migrations does (CockroachDB has no advisory locks).
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError, codeOf } from '../coded-error.ts';
import { newId } from '../ids.ts';
import { faultOf } from './faults.ts';
import { endsTooFarAhead } from './lease.ts';
import type { Sql } from './sql.ts';

/** One step. One DDL statement each: CockroachDB gives no more than that atomically. */
export interface Migration {
  /** 1, 2, 3 … within the component. */
  readonly number: number;
  readonly name: string;
  /**
   * The SQL. On CockroachDB it is recorded in a transaction of its own after the statement, and a crash in between
   * repeats the statement: write `if not exists`.
   */
  readonly statement: string;
}

/** What to migrate. Components share a database and know nothing of each other. */
export interface MigrateOptions {
  readonly component: string;
  readonly migrations: readonly Migration[];
  /** How long to wait for another process that is migrating. Default 120,000. */
  readonly waitMs?: number;
}

/** A lease is renewed at a third of this; a crashed holder delays the others at most this long. */
const leaseSeconds = 15;
const pollMs = 150;
/** Of one statement: building an index takes its time. */
const timeoutMs = 600_000;

const bookkeeping = [
  `create table if not exists schema_migrations (
     component text not null, number int8 not null, name text not null, checksum text not null,
     applied_at timestamptz not null default now(), primary key (component, number))`,
  `create table if not exists schema_migration_lease (
     component text primary key, holder text not null, expires_at timestamptz not null)`,
];

/**
 * Applies what is missing, in order.
 * @throws CodedError `migration_changed` when an applied migration no longer has the text it was applied with,
 * `migration_order` when numbers are not 1, 2, 3 …, `migration_lease_timeout` when another process holds on too long.
 */
export async function migrate(sql: Sql, options: MigrateOptions): Promise<{ applied: number }> {
  checkNumbers(options);
  await createBookkeeping(sql);
  if ((await missing(sql, options)).length === 0) return { applied: 0 };
  const holder = newId();
  await takeLease(sql, options, holder);
  const renewal = setInterval(() => void renewLease(sql, options.component, holder), (leaseSeconds * 1000) / 3);
  try {
    const todo = await missing(sql, options); // another holder may have done some or all
    for (const migration of todo) await apply(sql, options, migration);
    return { applied: todo.length };
  } finally {
    clearInterval(renewal);
    await sql.execute('delete from schema_migration_lease where component = $1 and holder = $2', [
      options.component,
      holder,
    ]);
  }
}

/** What a migration is remembered by: sha-256 of its text, without differences in line ends and outer blanks. */
function checksumOf(statement: string): string {
  return createHash('sha256').update(statement.replaceAll('\r\n', '\n').trim()).digest('hex');
}

function checkNumbers({ component, migrations }: MigrateOptions): void {
  migrations.forEach((migration, index) => {
    if (migration.number === index + 1) return;
    throw new CodedError(
      'migration_order',
      `${component}: migration "${migration.name}" has number ${migration.number} at place ${index + 1}`,
      { details: { component, number: migration.number }, nextStep: 'number migrations 1, 2, 3 … in order' },
    );
  });
}

/** Unique violation in the catalogue, duplicate table, duplicate object (its row type). */
const createdMeanwhile: ReadonlySet<string> = new Set(['23505', '42P07', '42710']);

/** Two processes that create the same table at once may collide in the catalogue even with `if not exists`. */
async function createBookkeeping(sql: Sql): Promise<void> {
  const known = await sql.query<{ found: boolean }>(
    `select count(*) = 2 as found from information_schema.tables
     where table_schema = current_schema() and table_name in ('schema_migrations', 'schema_migration_lease')`,
  );
  if (known[0]?.found === true) return;
  for (const statement of bookkeeping) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await sql.execute(statement);
        break;
      } catch (error) {
        const passes = createdMeanwhile.has(codeOf(error) ?? '') || faultOf(error) === 'retry';
        if (!passes || attempt === 20) throw error;
        await wait(Math.random() * pollMs);
      }
    }
  }
}

async function missing(sql: Sql, { component, migrations }: MigrateOptions): Promise<Migration[]> {
  const rows = await sql.query<{ number: bigint; checksum: string }>(
    'select number, checksum from schema_migrations where component = $1',
    [component],
  );
  const applied = new Map(rows.map((row) => [Number(row.number), row.checksum]));
  return migrations.filter((migration) => {
    const checksum = applied.get(migration.number);
    if (checksum !== undefined && checksum !== checksumOf(migration.statement)) throw changed(component, migration);
    return checksum === undefined;
  });
}

function changed(component: string, { number, name }: Migration): CodedError {
  return new CodedError(
    'migration_changed',
    `${component}: migration ${number} "${name}" was applied with another text than it has now`,
    {
      details: { component, number, name },
      nextStep: 'restore its text and put the change into a new migration',
    },
  );
}

async function takeLease(sql: Sql, { component, waitMs = 120_000 }: MigrateOptions, holder: string): Promise<void> {
  const giveUpAt = performance.now() + waitMs;
  while (!(await tryLease(sql, component, holder))) {
    if (performance.now() > giveUpAt) {
      throw new CodedError('migration_lease_timeout', `${component}: another process has been migrating for too long`, {
        details: { component, waitMs },
        nextStep: 'look at table schema_migration_lease; its row expires by itself once the holder is gone',
      });
    }
    await wait(pollMs + Math.random() * pollMs);
  }
}

async function tryLease(sql: Sql, component: string, holder: string): Promise<boolean> {
  const rows = await sql.transaction((tx) =>
    tx.execute(
      `insert into schema_migration_lease (component, holder, expires_at)
       values ($1, $2, now() + interval '${leaseSeconds} seconds')
       on conflict (component) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where schema_migration_lease.expires_at < now() or schema_migration_lease.holder = excluded.holder
         or ${endsTooFarAhead('schema_migration_lease.expires_at', String(leaseSeconds * 1000))}`,
      [component, holder],
    ),
  );
  return rows === 1;
}

async function renewLease(sql: Sql, component: string, holder: string): Promise<void> {
  try {
    await sql.execute(
      `update schema_migration_lease set expires_at = now() + interval '${leaseSeconds} seconds'
       where component = $1 and holder = $2`,
      [component, holder],
    );
  } catch {
    // Missing one renewal is harmless, and a lost database shows in the migration itself.
  }
}

async function apply(sql: Sql, options: MigrateOptions, migration: Migration): Promise<void> {
  const { component } = options;
  const record = {
    text: 'insert into schema_migrations (component, number, name, checksum) values ($1, $2, $3, $4)',
    values: [component, migration.number, migration.name, checksumOf(migration.statement)],
  };
  try {
    if (sql.dialect === 'cockroachdb') {
      await sql.transaction((tx) => tx.execute({ text: migration.statement, timeoutMs }));
      await sql.execute(record.text, record.values);
      return;
    }
    await sql.transaction(async (tx) => {
      await tx.execute(record.text, record.values); // first: a second runner waits here and then fails on the key
      await tx.execute({ text: migration.statement, timeoutMs });
    });
  } catch (error) {
    throw new CodedError('migration_failed', `${component}: migration ${migration.number} "${migration.name}" failed`, {
      details: { component, number: migration.number, name: migration.name },
      cause: error,
      nextStep: 'see the cause; nothing of this migration was kept, earlier ones stay',
    });
  }
}
