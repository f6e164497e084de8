/** The SQL door against a real PostgreSQL. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import {
  array,
  assert as assertProperty,
  asyncProperty,
  bigInt,
  boolean,
  constantFrom,
  oneof,
  option,
  string,
} from 'fast-check';
import { createLogger } from '../telemetry/logger.ts';
import { faultOf, openSql, type Sql, type SqlSession } from './index.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await (await testPostgres()).freshDatabase();
  sql = database.open({ maxConnections: 6 });
  await sql.execute('create table counters (id int8 primary key, value int8 not null check (value < 1000))');
  await sql.execute('insert into counters values (1, 0), (2, 0)');
});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('expected a failure'),
    (error: unknown) => error,
  );
}

/** Ends the session that `tx` uses, from another one. */
async function killSessionOf(tx: SqlSession): Promise<void> {
  const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
  await sql.query('select pg_terminate_backend($1)', [row?.pid]);
}

describe('statements', () => {
  test('read int8 as bigint, bytea as Buffer, timestamptz as Date, and arrays of int8', async () => {
    const [row] = await sql.query(
      'select 9007199254740993::int8 as n, $1::bytea as b, now() as t, array[1,null,3]::int8[] as a',
      [Buffer.from('bytes')],
    );
    assert.equal(row?.['n'], 9007199254740993n);
    assert.deepEqual(row?.['b'], Buffer.from('bytes'));
    assert.ok(row?.['t'] instanceof Date);
    assert.deepEqual(row?.['a'], [1n, null, 3n]);
  });

  test('read times as Dates, however server, database or role are set to write them', async () => {
    for (const style of ['German', 'SQL, DMY', 'Postgres, MDY']) {
      const styled = await (await testPostgres()).freshDatabase();
      await sql.execute(`alter database ${styled.name} set datestyle = '${style}'`);
      await sql.execute(`alter database ${styled.name} set timezone = 'Asia/Kathmandu'`);
      const [row] = await styled.open().query<{ t: Date }>(`select '2026-03-02T01:00:00.123Z'::timestamptz as t`);
      assert.equal(row?.t.toISOString(), '2026-03-02T01:00:00.123Z', style);
    }
  });

  test('take bigint parameters and say how many rows they affected', async () => {
    assert.equal(await sql.execute({ name: 'set', text: 'update counters set value = $1' }, [7n]), 2);
    assert.equal(await sql.execute({ name: 'set', text: 'update counters set value = $1' }, [0n]), 2);
  });

  test('take lists of any text, of numbers and of nulls', async () => {
    await assertProperty(
      asyncProperty(
        array(option(oneof(string({ unit: 'binary' }), constantFrom('', 'NULL', '"', '\\', '{}', ',', ' a ')))),
        array(option(bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
        array(boolean()),
        async (anyTexts, numbers, flags) => {
          const texts = anyTexts.map((text) => text?.replaceAll('\0', '').toWellFormed() ?? null);
          const [row] = await sql.query(
            { name: 'lists', text: 'select $1::text[] as t, $2::int8[] as n, $3::bool[] as b, $4::float8[] as f' },
            [texts, numbers, flags, [1.5, null, -0]],
          );
          assert.deepEqual(row, { t: texts, n: numbers, b: flags, f: [1.5, null, 0] });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('take lists of what only the driver can write, as before', async () => {
    const times = [new Date('2026-11-28T04:40:00.123Z'), null];
    const [row] = await sql.query('select $1::timestamptz[] as t, $2::bytea[] as b', [times, [Buffer.from('a,"b')]]);
    assert.deepEqual(row?.['t'], times);
    assert.deepEqual(row?.['b'], [Buffer.from('a,"b')]);
  });

  test('the dialect is known after the first one, and the clock is the database’s', async () => {
    const own = database.open({ maxConnections: 1 });
    assert.throws(() => own.dialect, { code: 'sql_dialect_unknown' });
    assert.ok((await own.now()) instanceof Date);
    assert.equal(own.dialect, 'postgres');
    await own.close();
    await own.close();
  });

  test('that take too long are ended by the database', async () => {
    const own = database.open({ maxConnections: 1, statementTimeoutMs: 100 });
    assert.equal(faultOf(await errorOf(own.query('select pg_sleep(5)'))), 'unavailable');
    assert.equal((await own.query('select 1 as one')).length, 1);
  });

  test('are refused at once when too many wait for a connection', async () => {
    const own = database.open({ maxConnections: 1, maxWaiting: 2 });
    await own.now();
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => own.query('select 1 as one')));
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? faultOf(result.reason) : 'answered')),
      ['answered', 'answered', 'answered', 'unavailable'],
    );
  });
});

describe('faults', () => {
  test('are told apart by what to do about them', async () => {
    const cases: [string, string][] = [
      ['insert into counters values (1, 0)', 'duplicate'],
      ['insert into counters values (3, 5000)', 'refused'],
      ['insert into counters values (3, 99999999999999999999)', 'refused'],
      ['selekt', 'bug'],
      ['select * from nowhere', 'unavailable'],
      ['select 1/0', 'refused'],
    ];
    for (const [statement, fault] of cases)
      assert.equal(faultOf(await errorOf(sql.execute(statement))), fault, statement);
  });

  test('a server that is not there, or refuses us, is unavailable', async () => {
    const elsewhere = new URL(database.url);
    elsewhere.port = '1';
    const wrongDatabase = new URL(database.url);
    wrongDatabase.pathname = '/nowhere';
    const wrongPassword = new URL(database.url);
    wrongPassword.password = 'wrong';
    const logger = createLogger({ service: 'test', level: 'silent' });
    for (const address of [elsewhere, wrongDatabase, wrongPassword]) {
      const own = openSql({ url: address.href, applicationName: 'test', maxConnections: 1, logger });
      assert.equal(faultOf(await errorOf(own.now())), 'unavailable');
      await own.close();
    }
  });
});

describe('transactions', () => {
  test('keep all or nothing, and throw the error as it came', async () => {
    const error = new Error('changed my mind');
    const failing = sql.transaction(async (tx) => {
      await tx.execute('update counters set value = 500 where id = 1');
      throw error;
    });
    assert.equal(await errorOf(failing), error);
    assert.deepEqual(await sql.query('select value from counters where id = 1'), [{ value: 0n }]);
  });

  test('run again when the database rolls them back: two that deadlock both succeed', async () => {
    let runs = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const lockBoth = (first: number, second: number): Promise<void> =>
      sql.transaction(async (tx) => {
        runs += 1;
        await tx.execute('update counters set value = value + 1 where id = $1', [first]);
        if (runs === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await tx.execute('update counters set value = value + 1 where id = $1', [second]);
      });
    await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
    assert.deepEqual(await sql.query('select sum(value)::int8 as total from counters'), [{ total: 4n }]);
    assert.ok(runs >= 3);
  });

  test('run again when their connection dies before the commit', async () => {
    let runs = 0;
    const value = await sql.transaction(async (tx) => {
      runs += 1;
      await tx.execute('update counters set value = value + 1 where id = 1');
      if (runs === 1) await killSessionOf(tx);
      const [row] = await tx.query<{ value: bigint }>('select value from counters where id = 1');
      return row?.value;
    });
    assert.equal(runs, 2);
    assert.equal(value, 3n);
  });

  test('a connection that dies between two statements does not end the process', async () => {
    let runs = 0;
    await sql.transaction(async (tx) => {
      runs += 1;
      if (runs > 1) return;
      await killSessionOf(tx);
      await eventually(
        () => sql.query("select 1 from pg_stat_activity where state = 'idle in transaction'"),
        (left) => left.length === 0,
      );
      await tx.query('select 1');
    });
    assert.equal(runs, 2);
  });

  test('give up after ten tries with the database’s own error', async () => {
    let runs = 0;
    const doomed = sql.transaction(async () => {
      runs += 1;
      throw Object.assign(new Error('restart transaction'), { code: '40001' });
    });
    assert.equal(faultOf(await errorOf(doomed)), 'retry');
    assert.ok(runs > 3 && runs <= 10, `${runs} runs`);
  });

  test('a statement’s error that the work swallows is not a commit', async () => {
    const swallowing = sql.transaction(async (tx) => {
      await tx.execute('update counters set value = 77 where id = 1');
      await tx.execute('selekt').catch(() => {});
    });
    const error = await errorOf(swallowing);
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'sql_rolled_back');
  });

  test('lose no update when forty run at once', async () => {
    await sql.execute('update counters set value = 0');
    await Promise.all(
      Array.from({ length: 40 }, () =>
        sql.transaction((tx) => tx.execute('update counters set value = value + 1 where id = 1')),
      ),
    );
    assert.deepEqual(await sql.query('select value from counters where id = 1'), [{ value: 40n }]);
  });
});
