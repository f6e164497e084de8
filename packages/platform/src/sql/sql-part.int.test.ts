/** What a process says of its database: whether it may do its work there, and what to do when it may not. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { testPostgres } from '@eventstream/testing/harness';
import { askToWrite, type Sql, sqlPart } from './index.ts';

let sql: Sql;

before(async () => {
  sql = (await (await testPostgres()).freshDatabase()).open({ maxConnections: 1 });
});

test('a database that answers is not ready for a question about tables that are missing', async () => {
  const [bare] = sqlPart('some database', sql).checks;
  const [withTables] = sqlPart('some database', sql, () => sql.query('select * from not_there')).checks;
  assert.deepEqual(await bare?.check(), { ok: true });
  const { ok, ...said } = (await withTables?.check()) ?? {};
  assert.equal(ok, false);
  assert.match(JSON.stringify(said), /not_there.*`npx eventstream bootstrap`/);
});

test('who writes is not ready while a table is missing or may not be read, and is ready again without a restart', async () => {
  const database = await (await testPostgres()).freshDatabase();
  const own = database.open({ maxConnections: 1 });
  const [check] = sqlPart('some database', own, () => askToWrite(own, ['needed', 'counted'])).checks;
  await own.execute('create table needed (id int8)');
  assert.match(JSON.stringify(await check?.check()), /counted.*`npx eventstream bootstrap`/);
  await own.execute('create table counted (id int8)');
  assert.deepEqual(await check?.check(), { ok: true });
});

test('a database that may only be read is not ready for who writes, and is ready again once it may be written to', async () => {
  const database = await (await testPostgres()).freshDatabase();
  const readyAfter = async (setting: string) => {
    await sql.execute(
      `alter database "${new URL(database.url).pathname.slice(1)}" set default_transaction_read_only = ${setting}`,
    );
    const [check] = sqlPart('some database', database.open({ maxConnections: 1 })).checks;
    return check?.check();
  };
  assert.deepEqual(await readyAfter('on'), {
    ok: false,
    reason: 'the database may be read and not written to',
    nextStep: 'promote the standby, or unset default_transaction_read_only; work resumes by itself',
  });
  assert.deepEqual(await readyAfter('off'), { ok: true });
});
