/** A server that ends sessions in which nothing has happened for a while, as whoever runs it may have set it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPostgres } from '@eventstream/testing/harness';

const endedAfterMs = 50;

/** The server goes on meanwhile, and nothing here hears of it. */
function hearNothing(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test('a statement on a connection that the server has just ended, because it was idle, is sent on another one', async () => {
  const { freshDatabase } = await testPostgres();
  const database = await freshDatabase();
  const admin = database.open({ maxConnections: 1 });
  await admin.execute('create table facts (id int8 primary key)');
  await admin.execute(`alter database ${database.name} set idle_session_timeout = ${endedAfterMs}`);
  const sql = database.open({ maxConnections: 2 });
  for (const id of [1, 2, 3]) {
    await Promise.all([sql.query('select 1'), sql.query('select 1')]);
    hearNothing(endedAfterMs * 4);
    assert.equal(await sql.execute('insert into facts values ($1)', [id]), 1);
  }
  assert.deepEqual(await sql.query('select count(*) as stored from facts'), [{ stored: 3n }]);
});
