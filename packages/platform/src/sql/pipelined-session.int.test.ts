/** A connection on which statements do not wait for each other, against a real PostgreSQL. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import { createLogger } from '../telemetry/logger.ts';
import { faultOf, openSql, type Sql, type SqlSession } from './index.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await (await testPostgres()).freshDatabase();
  sql = database.open({ maxConnections: 6 });
  await sql.execute('create table counters (id int8 primary key, value int8 not null check (value < 1000))');
  await sql.execute('create table turns (taken int8 not null)');
  await sql.execute('insert into turns (taken) values (0)');
});

describe('a pipeline', () => {
  const takeTurn = {
    name: 'take turn',
    text: 'update turns set taken = taken + 1 returning pg_backend_pid() as pid, taken as turn',
  };
  const turn = (session: SqlSession) => session.query<{ pid: number; turn: bigint }>(takeTurn);

  /** Sends `count` turns, of which the first waits until `meanwhile` is over. Answers how they ended. */
  async function turnsHeldUp(pipeline: SqlSession, count: number, meanwhile: () => void) {
    return sql.transaction(async (tx) => {
      await tx.query('select taken from turns for update');
      const ended = Promise.allSettled(Array.from({ length: count }, () => turn(pipeline)));
      // Not asked of tx: within a transaction the answer stays what it was the first time.
      await eventually(
        () =>
          sql.query(`select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`),
        (waiting) => waiting.length === 1,
      );
      meanwhile();
      return { ended };
    });
  }

  test('sends statements over one connection without waiting, and the database does them in that order', async () => {
    const pipeline = sql.pipeline();
    const { ended } = await turnsHeldUp(pipeline, 3, () => {});
    const rows = (await ended).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    assert.deepEqual(
      rows.map((row) => row.turn),
      [1n, 2n, 3n],
    );
    assert.equal(new Set(rows.map(({ pid }) => pid)).size, 1);
    await pipeline.close();
  });

  test('a statement that fails does not touch those before and behind it', async () => {
    const pipeline = sql.pipeline();
    const insert = { name: 'insert', text: 'insert into counters values ($1, $2)' };
    const ended = await Promise.allSettled([
      pipeline.execute(insert, [10, 0]),
      pipeline.execute(insert, [10, 0]),
      pipeline.execute(insert, [11, 5_000]),
      pipeline.execute(insert, [12, 0]),
    ]);
    const faults = ended.map((one) => (one.status === 'rejected' ? faultOf(one.reason) : 'stored'));
    assert.deepEqual(faults, ['stored', 'duplicate', 'refused', 'stored']);
    assert.deepEqual(await sql.query('select id from counters order by id'), [{ id: 10n }, { id: 12n }]);
    await pipeline.close();
  });

  test('whose first statement could not be prepared prepares it for the next one', async () => {
    const pipeline = sql.pipeline();
    const late = { name: 'late', text: 'select count(*) as found from late' };
    const ended = await Promise.allSettled([pipeline.query(late), pipeline.query(late)]);
    assert.deepEqual(
      ended.map((one) => one.status === 'rejected' && faultOf(one.reason)),
      ['unavailable', 'retry'],
    );
    await sql.execute('create table late (id int8)');
    assert.deepEqual(await pipeline.query(late), [{ found: 0n }]);
    await pipeline.close();
  });

  test('that breaks fails whatever is under way, in doubt, and the next statement connects again', async () => {
    const { sql: pool, proxy } = await database.openBreakable();
    const pipeline = pool.pipeline();
    const { ended } = await turnsHeldUp(pipeline, 2, () => proxy.impose({ kind: 'reset' }));
    const faults = (await ended).map((one) => one.status === 'rejected' && faultOf(one.reason));
    assert.deepEqual(faults, ['ambiguous', 'ambiguous']);
    assert.equal((await turn(pipeline)).length, 1);
    assert.equal(proxy.accepted, 2);
    await pipeline.close();
  });

  test('that breaks while nothing is under way connects again', async () => {
    const pipeline = sql.pipeline();
    const [first] = await pipeline.query<{ pid: number }>('select pg_backend_pid() as pid');
    await sql.query('select pg_terminate_backend($1)', [first?.pid]);
    const after = await eventually(
      () => pipeline.query<{ pid: number }>('select pg_backend_pid() as pid').catch(() => []),
      (rows) => rows.length === 1,
    );
    assert.notEqual(after[0]?.pid, first?.pid);
    await pipeline.close();
  });

  test('connects once the database is there that was missing', async () => {
    const later = new URL(database.url);
    later.pathname = '/later';
    const logger = createLogger({ service: 'test', level: 'silent' });
    const pool = openSql({ url: later.href, applicationName: 'test', maxConnections: 1, logger });
    const pipeline = pool.pipeline();
    await assert.rejects(pipeline.query('select 1'), (error) => faultOf(error) === 'unavailable');
    await sql.execute('create database later');
    assert.deepEqual(await pipeline.query('select 1 as one'), [{ one: 1 }]);
    await pipeline.close();
    await pool.close();
  });

  test('refuses a statement when too many are without an answer, and every one after the end', async () => {
    const pipeline = database.open({ maxWaiting: 2 }).pipeline();
    const ended = Promise.allSettled([1, 2, 3].map(() => pipeline.query('select 1 as one')));
    await pipeline.close();
    const faults = (await ended).map((one) => (one.status === 'rejected' ? faultOf(one.reason) : 'answered'));
    assert.deepEqual(faults, ['answered', 'answered', 'unavailable']);
    await assert.rejects(pipeline.query('select 1'), { code: 'sql_closed' });
  });
});
