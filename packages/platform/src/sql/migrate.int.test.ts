/** Migrations on a real PostgreSQL, many at once. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import { type Migration, migrate } from './index.ts';

const accounts: Migration[] = [
  { number: 1, name: 'accounts', statement: 'create table accounts (id int8 primary key)' },
  { number: 2, name: 'account names', statement: 'alter table accounts add column name text' },
  { number: 3, name: 'account names index', statement: 'create index accounts_name on accounts (name)' },
];

async function freshDatabase(): Promise<TestDatabase> {
  return (await testPostgres()).freshDatabase();
}

describe('migrate', () => {
  test('applies each migration once though twenty run at once', async () => {
    const database = await freshDatabase();
    const pools = Array.from({ length: 20 }, () => database.open({ maxConnections: 2 }));
    const results = await Promise.all(pools.map((sql) => migrate(sql, { component: 'bank', migrations: accounts })));
    const [sql] = pools;
    assert.ok(sql !== undefined);
    assert.equal(
      results.reduce((total, { applied }) => total + applied, 0),
      3,
    );
    assert.deepEqual(await sql.query('select number, name from schema_migrations order by number'), [
      { number: 1n, name: 'accounts' },
      { number: 2n, name: 'account names' },
      { number: 3n, name: 'account names index' },
    ]);
    assert.deepEqual(await sql.query('select * from schema_migration_lease'), []);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  test('adds only what is new, and keeps components apart', async () => {
    const sql = (await freshDatabase()).open();
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: accounts.slice(0, 1) }), { applied: 1 });
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: accounts }), { applied: 2 });
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: accounts }), { applied: 0 });
    const other = [{ number: 1, name: 'other', statement: 'create table other (id int8 primary key)' }];
    assert.deepEqual(await migrate(sql, { component: 'shop', migrations: other }), { applied: 1 });
  });

  test('refuses a migration that was changed after it was applied, and names it', async () => {
    const sql = (await freshDatabase()).open();
    await migrate(sql, { component: 'bank', migrations: accounts });
    const changed = accounts.with(1, { number: 2, name: 'account names', statement: 'select 1' });
    await assert.rejects(migrate(sql, { component: 'bank', migrations: changed }), {
      code: 'migration_changed',
      message: /bank: migration 2 "account names"/,
    });
  });

  test('a change of line ends or outer blanks is no change', async () => {
    const sql = (await freshDatabase()).open();
    const one = (statement: string): Migration[] => [{ number: 1, name: 'one', statement }];
    await migrate(sql, { component: 'bank', migrations: one('create table one\n(id int8)') });
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: one('\ncreate table one\r\n(id int8)\n') }), {
      applied: 0,
    });
  });

  test('one that fails leaves nothing of itself, keeps the earlier ones, and lets the lease go', async () => {
    const sql = (await freshDatabase()).open();
    const failing = [...accounts, { number: 4, name: 'wrong', statement: 'create table accounts (id int8)' }];
    await assert.rejects(migrate(sql, { component: 'bank', migrations: failing }), {
      code: 'migration_failed',
      message: /migration 4 "wrong"/,
    });
    assert.deepEqual(await sql.query('select max(number) as last from schema_migrations'), [{ last: 3n }]);
    assert.deepEqual(await sql.query('select * from schema_migration_lease'), []);
  });

  test('refuses numbers that are not 1, 2, 3', async () => {
    const sql = (await freshDatabase()).open();
    await assert.rejects(migrate(sql, { component: 'bank', migrations: accounts.slice(1) }), {
      code: 'migration_order',
    });
  });

  test('takes over the lease of a process that died', async () => {
    const sql = (await freshDatabase()).open();
    await migrate(sql, { component: 'bank', migrations: accounts.slice(0, 1) });
    await sql.execute(
      "insert into schema_migration_lease values ('bank', 'a process that died', now() - interval '1 second')",
    );
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: accounts }), { applied: 2 });
  });

  test('takes over a lease that ends further ahead than any could: the clock has been set back', async () => {
    const sql = (await freshDatabase()).open();
    await migrate(sql, { component: 'bank', migrations: accounts.slice(0, 1) });
    await sql.execute(
      "insert into schema_migration_lease values ('bank', 'a process that died', now() + interval '1 hour')",
    );
    assert.deepEqual(await migrate(sql, { component: 'bank', migrations: accounts, waitMs: 300 }), { applied: 2 });
  });

  test('says so when another process holds the lease too long', async () => {
    const sql = (await freshDatabase()).open();
    await migrate(sql, { component: 'bank', migrations: accounts.slice(0, 1) });
    await sql.execute(
      "insert into schema_migration_lease values ('bank', 'somebody else', now() + interval '20 seconds')",
    );
    const waiting = migrate(sql, { component: 'bank', migrations: accounts, waitMs: 300 });
    await assert.rejects(waiting, { code: 'migration_lease_timeout' });
  });
});
