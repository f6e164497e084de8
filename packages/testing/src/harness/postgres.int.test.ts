import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPostgres } from './postgres.ts';

test('two test databases share a server and nothing else', async () => {
  const { freshDatabase } = await testPostgres();
  const first = (await freshDatabase()).open();
  const second = (await freshDatabase()).open();
  await first.execute('create table only_here (id int8)');
  const rows = await second.query(`select 1 from information_schema.tables where table_name = 'only_here'`);
  assert.deepEqual(rows, []);
});
