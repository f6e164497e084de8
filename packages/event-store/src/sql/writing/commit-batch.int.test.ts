/** Two batches of one committer, the earlier of which still looks something up when the later one has its answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sql, SqlSession } from '@eventstream/platform/sql';
import { eventually } from '@eventstream/testing/eventually';
import { throughTo } from '@eventstream/testing/harness';
import { oneEvent, storeDatabase } from '../stores.fixture.ts';
import { BatchCommitter } from './commit-batch.ts';
import { LogCache } from './log-cache.ts';

/** The database, with look-ups by id that wait until they may go on. */
function withHeldLookUps(sql: Sql): { sql: Sql; asked: Promise<void>; letGo: () => void } {
  const asked = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const query = async <Row>(...[statement, values]: Parameters<SqlSession['query']>): Promise<Row[]> => {
    if (typeof statement !== 'string' && statement.name === 'es_by_ids') {
      asked.resolve();
      await going.promise;
    }
    return sql.query<Row>(statement, values);
  };
  return { sql: { ...throughTo(sql), query }, asked: asked.promise, letGo: going.resolve };
}

test('a batch that is answered while the one before it still looks up what was repeated is announced behind it', async () => {
  const database = await storeDatabase();
  const of = await database.newLog();
  const { sql, asked, letGo } = withHeldLookUps(database.sql);
  const pipeline = database.sql.pipeline();
  // No event is remembered, so that what is repeated has to be looked up.
  const cache = new LogCache({ recent: { eventsMax: 0, bytesMax: 0 }, streamsMax: 100 });
  const announced: number[] = [];
  const committer = new BatchCommitter({
    sql,
    pipeline,
    log: of.log,
    cache,
    onCommitted: ({ events }) => announced.push(...events.map(({ position }) => position)),
  });
  const stored = oneEvent(of, { stream: 'order-1' });
  await committer.commit([stored]);

  const first = committer.commit([stored, oneEvent(of, { stream: 'order-2' })]);
  const second = committer.commit([oneEvent(of, { stream: 'order-3' })]);
  await asked;
  await eventually(
    () => database.sql.query('select 1 from log_heads where log = $1 and position = 3', [of.log]),
    ({ length }) => length === 1,
  );
  assert.deepEqual(announced, [1]);
  letGo();
  const outcomes = [...(await first).outcomes, ...(await second).outcomes];
  assert.deepEqual(announced, [1, 2, 3]);
  assert.equal(cache.head, 3);
  assert.deepEqual(
    outcomes.map((outcome) => outcome?.kind === 'appended' && outcome.events.map(({ position }) => position)),
    [[1], [2], [3]],
  );
  await pipeline.close();
});
