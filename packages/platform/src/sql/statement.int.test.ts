/** Statements that get no answer, or one that says no, or whose preparation is not there any more, or out of date. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import { faultOf, type Sql } from './index.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await (await testPostgres()).freshDatabase();
  sql = database.open({ maxConnections: 1 });
});

describe('statements', () => {
  test('whose answer never comes are given up, in doubt, with their connection and all that is under way on it', async () => {
    const { sql: pool, proxy } = await database.openBreakable({ maxConnections: 1, statementTimeoutMs: 1_000 });
    const pipeline = pool.pipeline();
    const all = () =>
      Promise.allSettled([pool.now(), pipeline.query('select 1 as one'), pipeline.query('select 2 as two')]);
    const areAnswered = (answers: Awaited<ReturnType<typeof all>>) =>
      answers.every(({ status }) => status === 'fulfilled');
    await eventually(all, areAnswered);
    proxy.impose({ kind: 'silent', direction: 'both' });
    const ended = await all();
    assert.deepEqual(
      ended.map((one) => one.status === 'rejected' && faultOf(one.reason)),
      ['ambiguous', 'ambiguous', 'ambiguous'],
    );
    proxy.heal();
    await eventually(all, areAnswered);
    await eventually(
      () => proxy.open,
      (open) => open === 2,
    );
    await pipeline.close();
  });

  test('that fail say where they were sent from', async () => {
    const sendsNonsense = () => sql.query('select nonsense');
    await assert.rejects(sendsNonsense(), { stack: /statement\.int\.test\.ts/ });
  });
});

describe('what was prepared', () => {
  const prepared = { name: 'value of 1', text: 'select value from prepared where id = 1' };

  /** A pool of one connection on which the statement was prepared before this was done to it. */
  async function poolAfter(doneToIt: string) {
    await sql.execute('drop table if exists prepared');
    await sql.execute('create table prepared (id int8 primary key, value int8 not null)');
    await sql.execute('insert into prepared values (1, 7)');
    const pool = database.open({ maxConnections: 1 });
    assert.deepEqual(await pool.query(prepared), [{ value: 7n }]);
    await pool.execute(doneToIt);
    return pool;
  }

  for (const [what, doneToIt, value] of [
    ['is gone, because a pooler has reset the session', 'discard all', 7n],
    ['is out of date, because somebody altered the table', 'alter table prepared alter column value type text', '7'],
  ] as const)
    test(`and ${what}, is prepared anew on another connection`, async () => {
      const pool = await poolAfter(doneToIt);
      await assert.rejects(pool.query(prepared), (error) => faultOf(error) === 'retry');
      assert.deepEqual(await pool.query(prepared), [{ value }]);
      const other = await poolAfter(doneToIt);
      assert.deepEqual(await other.transaction((tx) => tx.query(prepared)), [{ value }]);
    });
});
