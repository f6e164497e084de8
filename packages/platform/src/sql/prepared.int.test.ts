/** Statements that were prepared on a connection, and then are not there any more, or out of date. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { testPostgres } from '@eventstream/testing/harness';
import { createLogger } from '../telemetry/logger.ts';
import { faultOf, openSql, type Sql } from './index.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let sql: Sql;
let url: string;

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  url = database.url;
  sql = database.open({ maxConnections: 1 });
});

describe('what was prepared', () => {
  const prepared = { name: 'value of 1', text: 'select value from prepared where id = 1' };

  /** A pool of one connection on which the statement was prepared before this was done to it. */
  async function poolAfter(doneToIt: string) {
    await sql.execute('drop table if exists prepared');
    await sql.execute('create table prepared (id int8 primary key, value int8 not null)');
    await sql.execute('insert into prepared values (1, 7)');
    const pool = openSql({ url, applicationName: 'test', maxConnections: 1, logger });
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
      await pool.close();
      const other = await poolAfter(doneToIt);
      assert.deepEqual(await other.transaction((tx) => tx.query(prepared)), [{ value }]);
      await other.close();
    });
});
