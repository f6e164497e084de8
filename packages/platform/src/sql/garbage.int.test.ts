/** What a statement answered is garbage as soon as nobody holds it: nothing of the driver's keeps it for longer. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testPostgres } from '@eventstream/testing/harness';
import type { Sql, SqlSession } from './index.ts';

let sql: Sql;

before(async () => {
  sql = (await (await testPostgres()).freshDatabase()).open({ maxConnections: 1 });
});

setFlagsFromString('--expose-gc');
const engine: unknown = runInNewContext('gc');

function collect(how: { readonly type: 'minor' | 'major' }): void {
  assert.ok(typeof engine === 'function');
  Reflect.apply(engine, undefined, [how]);
}

/** What quick collections have let grow old, and therefore look at no more. */
function oldMb(): number {
  const isOld = (name: string) => name === 'old_space' || name === 'large_object_space';
  const bytes = getHeapSpaceStatistics().map((space) => (isOld(space.space_name) ? space.space_used_size : 0));
  return bytes.reduce((sum, some) => sum + some, 0) / 1e6;
}

describe('a megabyte of rows, twenty times', () => {
  const text = `select repeat('x', 1000) as text from generate_series(1, 1000)`;
  const megabyte = { name: 'a megabyte', text };

  async function growth(session: SqlSession): Promise<number> {
    await session.query(megabyte);
    collect({ type: 'major' });
    const beforeMb = oldMb();
    for (let times = 0; times < 20; times += 1) {
      await session.query(megabyte);
      if (times % 5 === 4) collect({ type: 'minor' });
    }
    return oldMb() - beforeMb;
  }

  test('is gone after quick collections, whichever way it came', async () => {
    const pipeline = sql.pipeline();
    await growth(sql); // as long as the young generation is small, rows may grow old while others are still to come
    assert.ok((await growth(sql)) < 5);
    assert.ok((await growth(pipeline)) < 5);
    assert.ok((await sql.transaction(growth)) < 5);
    await pipeline.close();
  });
});
