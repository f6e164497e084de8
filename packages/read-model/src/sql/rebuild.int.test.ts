/** A rebuild beside whatever goes wrong with its database and its log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation, nowhere, ordersLog } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { codeOf, newId } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { throughTo } from '@eventstream/testing/harness';
import { facts, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
import { sqlOrderQueries } from './order-queries.ts';
import { selectStored } from './order-rows.ts';
import { findLiveGeneration } from './projections.ts';
import { emptyReadModel, poisonedAt } from './read-model.fixture.ts';
import { rebuildReadModel } from './rebuild.ts';

/** An order with three events in the log, each of them a page of its own, and a read model that has none of it. */
async function opened() {
  const sql = await emptyReadModel();
  const store = memoryOrdersStore();
  const order = sampleOrder();
  await record(store, order.orderId, order, facts.debited, facts.approved);
  const pages: EventReader = {
    head: (of) => store.head(of),
    readStream: (...asked) => store.readStream(...asked),
    readLog: (log, after) => store.readLog(log, after, { limit: 1 }),
  };
  return { sql, store, pages, id: order.orderId };
}

test('a rebuild goes on behind a page whose answer was lost, with the orders as that page left them', async () => {
  const { sql, pages, id } = await opened();
  let pagesWritten = 0;
  const losing: Sql = {
    ...throughTo(sql),
    queryIdempotent: async (...asked) => {
      pagesWritten += 1;
      if (pagesWritten === 2) await sql.queryIdempotent(...asked);
      return sql.queryIdempotent(...asked);
    },
  };
  await rebuildReadModel({ sql: losing, store: pages, log: ordersLog });
  const view = await sqlOrderQueries(sql).get(id);
  const [debited] = await sql.query<{ debited_minor: bigint }>('select debited_minor from orders');
  assert.deepEqual([view?.status, view?.revision, debited?.debited_minor], ['Approved', 3, 40_000n]);
});

test('a rebuild stops following an order where one of its events cannot be folded, and goes on with the others', async () => {
  const { sql, store, pages, id } = await opened();
  const other = sampleOrder();
  await record(store, other.orderId, other, facts.debited, facts.approved);
  const [, debited] = (await store.readLog(ordersLog, nowhere, { limit: 2 })).events;
  assert.ok(debited);
  await rebuildReadModel({ sql, store: poisonedAt(debited, pages), log: ordersLog });
  const [parked, approved] = await Promise.all([id, other.orderId].map((one) => sqlOrderQueries(sql).get(one)));
  assert.deepEqual([parked?.status, parked?.revision, parked?.stale], ['Pending', 1, true]);
  assert.deepEqual([approved?.status, approved?.revision, approved?.stale], ['Approved', 3, false]);
  const letters = await sql.query<{ revision: bigint }>('select revision from dead_letters');
  assert.deepEqual(letters, [{ revision: 2n }]);
});

test('a rebuild ends when the log begins another life under it, and nothing takes the place of the old rows', async () => {
  const { sql, pages } = await opened();
  await rebuildReadModel({ sql, store: pages, log: ordersLog });
  const before = await findLiveGeneration(sql);
  const another = incarnation(newId());
  const reborn: EventReader = {
    ...pages,
    readLog: async (log, after, limits) => {
      const page = await pages.readLog(log, after, limits);
      return after === 0 ? page : { ...page, incarnation: another };
    },
  };
  await assert.rejects(
    rebuildReadModel({ sql, store: reborn, log: ordersLog }),
    (error) => codeOf(error) === 'read_model_rebuild_interrupted',
  );
  assert.deepEqual(await findLiveGeneration(sql), before);
});

test('who reads an order around a swap gets all of it, also when the next rebuild has begun', async () => {
  const { sql, pages, id } = await opened();
  const rebuild = () => rebuildReadModel({ sql, store: pages, log: ordersLog });
  await rebuild();
  const asked: Sql = {
    ...throughTo(sql),
    query: async <Row>(...statement: Parameters<Sql['query']>) => {
      const rows = await sql.query<Row>(...statement);
      await rebuild();
      await rebuild();
      return rows;
    },
  };
  assert.equal((await sqlOrderQueries(asked).get(id))?.items.length, 1);
  const { orders } = await sqlOrderQueries(asked).list({ limit: 1 });
  assert.deepEqual(
    orders.map(({ items }) => items.length),
    [1],
  );
});

test('the rows that a rebuild replaced stay for whoever is reading them, until the next one begins', async () => {
  const { sql, pages, id } = await opened();
  const rebuild = () => rebuildReadModel({ sql, store: pages, log: ordersLog });
  await rebuild();
  const read = await findLiveGeneration(sql);
  assert.ok(read);
  const rows = async () => (await selectStored(sql, read.generation, [id])).size;
  await rebuild();
  assert.equal(await rows(), 1);
  await rebuild();
  assert.equal(await rows(), 0);
});
