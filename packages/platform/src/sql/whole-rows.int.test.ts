/** Rows that come as the database sends them, from a real PostgreSQL, next to what `pg` reads of the same connection. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type TestDatabase, testPostgres } from '@eventstream/testing/harness';
import { codeOf } from '../coded-error.ts';
import { isConnectionLoss, type Sql } from './index.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await (await testPostgres()).freshDatabase();
  sql = database.open({ maxConnections: 1 });
});

/** A text column's values, of rows that have only this one. */
function textsOf(pieces: readonly Buffer[]): string[] {
  const bytes = Buffer.concat(pieces);
  const texts: string[] = [];
  for (let at = 0; at < bytes.byteLength; at += 1 + bytes.readUInt32BE(at + 1)) {
    assert.equal(bytes.toString('latin1', at, at + 1), 'D');
    assert.equal(bytes.readUInt16BE(at + 5), 1);
    texts.push(bytes.toString('utf8', at + 11, at + 11 + bytes.readUInt32BE(at + 7)));
  }
  return texts;
}

const numbered = { name: 'numbered', text: `select 'row ' || n as text from generate_series(1, $1) as n order by n` };
const rowsTo = (count: number) => Array.from({ length: count }, (_, index) => `row ${index + 1}`);

describe('whole rows', () => {
  test('are all rows of the answer in their order, in pieces of whole ones', async () => {
    for (const count of [0, 1, 3, 100_000]) {
      const pieces = await sql.wholeRows(numbered, [count]);
      assert.deepEqual(
        pieces.flatMap((piece) => textsOf([piece])),
        rowsTo(count),
      );
    }
  });

  test('have their values in binary', async () => {
    const [row] = await sql.wholeRows({ name: 'binary', text: `select 258::int8, null::text, '\\xff00'::bytea` });
    const values = ['00000008', '0000000000000102', 'ffffffff', '00000002', 'ff00'];
    assert.equal(row?.toString('hex', 5), `0003${values.join('')}`);
  });

  test('longer than what a connection delivers at once are whole', async () => {
    const text = `select repeat(n::text, 3000000) as text from generate_series(1, 3) as n`;
    const found = textsOf(await sql.wholeRows({ name: 'long', text }));
    assert.deepEqual(
      found.map((one) => [one.length, one[0], one.at(-1)]),
      [1, 2, 3].map((n) => [3_000_000, `${n}`, `${n}`]),
    );
  });

  test('leave the connection as it was, for statements of which pg reads the rows', async () => {
    for (const count of [0, 2]) {
      await sql.wholeRows(numbered, [count]);
      assert.deepEqual(await sql.query(numbered, [2]), [{ text: 'row 1' }, { text: 'row 2' }]);
    }
  });

  test('of a statement that fails, at once or among its rows, are an error, and the connection goes on', async () => {
    const text = `select (1000 - n) / (1000 - n) as quotient from generate_series(1, $1) as n`;
    const failing = { name: 'failing', text };
    await assert.rejects(sql.wholeRows(failing, [2_000]), (error) => codeOf(error) === '22012');
    await assert.rejects(
      sql.wholeRows({ name: 'absent', text: 'select 1 from absent' }),
      (error) => codeOf(error) === '42P01',
    );
    assert.deepEqual(textsOf(await sql.wholeRows(numbered, [1])), ['row 1']);
    assert.deepEqual(await sql.query('select 1 as one'), [{ one: 1 }]);
  });

  test('of a connection that breaks among them are an error that says so, and the next statement has another', async () => {
    const { sql: broken, proxy } = await database.openBreakable();
    await broken.query('select 1');
    proxy.impose({ kind: 'cutAfter', bytes: 100_000 });
    await assert.rejects(broken.wholeRows(numbered, [100_000]), isConnectionLoss);
    proxy.heal();
    assert.deepEqual(textsOf(await broken.wholeRows(numbered, [1])), ['row 1']);
  });
});
