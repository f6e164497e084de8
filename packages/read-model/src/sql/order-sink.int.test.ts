/**
 * What a page in SQL promises beyond the order model's contract: one statement, all of it or nothing, and only onto the
 * rows that it was folded from.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OrderId, orderStream, type RecordedEvent } from '@eventstream/contracts';
import { createLogger } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { throughTo } from '@eventstream/testing/harness';
import { facts, memoryOrdersStore, record, sampleOrder } from '@eventstream/testing/orders';
import { sqlOrderQueries } from './order-queries.ts';
import { orderSink } from './order-sink.ts';
import { liveGeneration } from './projections.ts';
import { emptyReadModel } from './read-model.fixture.ts';
import { refoldStream } from './refold-parked.ts';

const committed = { kind: 'committed' };
const moved = { kind: 'moved' };

/** An empty read model, and the events of one order that is approved and of one that is new. */
async function opened() {
  const sql = await emptyReadModel();
  const store = memoryOrdersStore();
  const [alice, bob] = [sampleOrder(), sampleOrder()];
  const created = await record(store, alice.orderId, alice);
  const others = [
    await record(store, alice.orderId, facts.debited),
    await record(store, bob.orderId, bob),
    await record(store, alice.orderId, facts.approved),
  ] as const;
  const { incarnation: life } = await store.head(created.log);
  return { sql, store, life, events: [created, ...others] as const, alice: alice.orderId, bob: bob.orderId };
}

/** What readers see: each order's status, revision and lines, and how far it all is. */
async function shown(sql: Sql, ...ids: readonly OrderId[]) {
  const queries = sqlOrderQueries(sql);
  const views = await Promise.all(ids.map((id) => queries.get(id)));
  const orders = views.map((view) => view && `${view.status} ${view.revision} ${view.items.length}`);
  return { at: await queries.checkpoint(), orders };
}

/** A way to the database that tells how often it was gone. */
function counted(sql: Sql) {
  const ways = { statements: 0, transactions: 0 };
  const counting: Sql = {
    ...throughTo(sql),
    queryIdempotent: (...asked) => {
      ways.statements += 1;
      return sql.queryIdempotent(...asked);
    },
    transaction: (...asked) => {
      ways.transactions += 1;
      return sql.transaction(...asked);
    },
  };
  return { sql: counting, ways };
}

test('a page whose orders are new or remembered is one statement', async () => {
  const { sql, life, events, alice, bob } = await opened();
  const { sql: counting, ways } = counted(sql);
  const sink = orderSink(counting);
  await sink.checkpoint();
  const [first, ...others] = events;
  assert.deepEqual(await sink.apply([first], life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 1, orders: ['Pending 1 1', undefined] });
  assert.deepEqual(await sink.apply(others, life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Approved 3 1', 'Pending 1 1'] });
  assert.deepEqual(ways, { statements: 2, transactions: 0 });
});

test('a page whose answer was lost is not applied twice, and the sink goes on behind it', async () => {
  const { sql, life, events, alice, bob } = await opened();
  const losing: Sql = {
    ...throughTo(sql),
    queryIdempotent: async (...asked) => {
      await sql.queryIdempotent(...asked);
      return sql.queryIdempotent(...asked);
    },
  };
  const sink = orderSink(losing);
  await sink.checkpoint();
  const [first, second, ...others] = events;
  assert.deepEqual(await sink.apply([first, second], life), moved);
  assert.deepEqual(await sink.checkpoint(), { position: 2, incarnation: life });
  assert.deepEqual(await orderSink(sql).apply(others, life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Approved 3 1', 'Pending 1 1'] });
});

test('a page can be prepared while the one before it is being written', async () => {
  const { sql, life: incarnation, events, alice, bob } = await opened();
  const { sql: counting, ways } = counted(sql);
  const sink = orderSink(counting);
  await sink.checkpoint();
  const [first, ...others] = events;
  const [one, two] = [sink.prepare({ events: [first], incarnation }), sink.prepare({ events: others, incarnation })];
  assert.deepEqual([await sink.write(one), await sink.write(two)], [committed, committed]);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Approved 3 1', 'Pending 1 1'] });
  assert.deepEqual(ways, { statements: 2, transactions: 0 });
});

test('a page that was prepared behind one that could not be written changes nothing', async () => {
  const { sql, life: incarnation, events, alice, bob } = await opened();
  const [first, ...others] = events;
  const failing: Sql = { ...throughTo(sql), queryIdempotent: () => Promise.reject(new Error('the disk is full')) };
  const sink = orderSink(failing, await liveGeneration(sql));
  const one = sink.prepare({ events: [first], incarnation });
  const two = sink.prepare({ events: others, incarnation });
  await assert.rejects(sink.write(one), /the disk is full/);
  failing.queryIdempotent = (...asked) => sql.queryIdempotent(...asked);
  assert.deepEqual(await sink.write(two), moved);
  assert.deepEqual(await shown(sql, alice, bob), { at: 0, orders: [undefined, undefined] });
  for (const page of [[first], others]) assert.deepEqual(await sink.apply(page, incarnation), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Approved 3 1', 'Pending 1 1'] });
});

test('a page that takes an order for new which has a row is refused whole', async () => {
  const { sql, life, events, alice, bob } = await opened();
  const [first, second, third] = events;
  const sink = orderSink(sql);
  await sink.apply([first, second], life);
  await sql.execute(
    `insert into orders (generation, orderid, customerid, restaurantid, amount_minor, currency, status, createdon, payment,
       debited_minor, revision, position, created_position)
     select generation, $1, customerid, restaurantid, amount_minor, currency, status, createdon, payment,
       debited_minor, 1, position, 1 from orders`,
    [bob],
  );
  await assert.rejects(sink.apply([third], life), /null value in column "revision"/);
  assert.deepEqual(await shown(sql, alice, bob), { at: 2, orders: ['PaymentDebited 2 1', 'PaymentDebited 1 0'] });
});

/** A sink whose page was refused, because the row is further than the sink remembers. */
async function refused() {
  const { sql, life, events, alice, bob } = await opened();
  const [first, ...others] = events;
  const sink = orderSink(sql);
  await sink.apply([first], life);
  await sql.execute('update orders set revision = 7');
  await assert.rejects(sink.apply(others, life), /null value in column "revision"/);
  return { sql, life, others, sink, alice, bob };
}

test('a page that would take a row back is refused whole', async () => {
  const { sql, alice, bob } = await refused();
  assert.deepEqual(await shown(sql, alice, bob), { at: 1, orders: ['Pending 7 1', undefined] });
});

test('a page that was refused for what the sink remembered is folded onto what is stored when it is tried again', async () => {
  const { sql, life, others, sink, alice, bob } = await refused();
  assert.deepEqual(await sink.apply(others, life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Pending 7 1', 'Pending 1 1'] });
});

test('an event that cannot be folded is a dead letter of its own page, and the other orders go on', async () => {
  const { sql, life, events, alice, bob } = await opened();
  const [first, second, third, fourth] = events;
  const broken: RecordedEvent = { ...second, data: Buffer.from('{') };
  const sink = orderSink(sql);
  assert.deepEqual(await sink.apply([first, broken, third, fourth], life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Pending 1 1', 'Pending 1 1'] });
  const letters = await sql.query('select stream, revision, state from dead_letters');
  assert.deepEqual(letters, [{ stream: orderStream(alice), revision: 2n, state: 'open' }]);
  assert.equal((await sqlOrderQueries(sql).get(alice))?.stale, true);
});

test('a redrive leaves an order alone that the projection has not come to yet', async () => {
  const { sql, store, life, events, alice, bob } = await opened();
  const [first, second, ...others] = events;
  const sink = orderSink(sql);
  await sink.apply([first, second], life);
  const logger = createLogger({ service: 'test', level: 'silent' });
  await refoldStream({ sql, store, logger, everyMs: 1_000 }, orderStream(bob));
  assert.deepEqual(await sink.apply(others, life), committed);
  assert.deepEqual(await shown(sql, alice, bob), { at: 4, orders: ['Approved 3 1', 'Pending 1 1'] });
});
