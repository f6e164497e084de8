/** The console's statements on a real PostgreSQL with 100,000 orders: quick pages, by the indexes that the read model has. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { position } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { readModelMigrations } from '@eventstream/read-model/sql';
import { sagaMigrations } from '@eventstream/saga/sql';
import { isProblem } from '@eventstream/service-kit';
import { testPostgres, type WatchedSql, watchedSql } from '@eventstream/testing/harness';
import type { OrderPage } from '../api/orders.ts';
import { sqlAuditTrail } from './audit-trail.ts';
import { countOrders } from './count-orders.ts';
import { databaseFigures } from './database-figures.ts';
import { consoleMigrations } from './migrations.ts';
import { type OrderSearch, searchOrders } from './search-orders.ts';
import { waitingReviews } from './waiting-reviews.ts';

const ordersMade = 100_000;
/** What a page by an index looks at: itself, the order behind it, and which generation is live. */
const pageRows = 120;
/** What one looks at that walks from the newest order to older ones until it is full. */
const walkRows = 10_000;

let sql: Sql;
let watched: WatchedSql;

before(async () => {
  const database = await (await testPostgres()).freshDatabase();
  sql = database.open({ maxConnections: 3 });
  watched = watchedSql(sql);
  for (const [component, migrations] of [
    ['read-model', readModelMigrations],
    ['saga', sagaMigrations],
    ['console', consoleMigrations],
  ] as const)
    await migrate(sql, { component, migrations });
  await sql.execute(`insert into projections (name, generation, state, position) values ('orders', 1, 'live', $1)`, [
    ordersMade,
  ]);
  // Every thousandth waits for a person; one customer in a thousand.
  const text = `insert into orders (generation, orderid, customerid, restaurantid, amount_minor, currency, status, reason, createdon,
       payment, debited_minor, revision, position, created_position)
     select 1, ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'customer-' || (n % 1000), 'r', n, 'USD',
       case when n % 1000 = 0 then 'InReview' else 'Approved' end, null, '2026-01-01T00:00:00.000Z',
       'debited', n, 3, n * 3, n
     from generate_series(1, ${ordersMade}) n`;
  // Two seconds on a machine that has nothing else to do.
  await sql.transaction((tx) => tx.execute({ text, timeoutMs: 120_000 }));
  await sql.execute('analyze orders');
});

async function page(search: Partial<OrderSearch>, rowsMax = pageRows): Promise<OrderPage> {
  const found = await searchOrders(watched.sql, { limit: 50, ...search });
  assert.ok(!isProblem(found));
  const rows = watched.rowsLookedAt();
  const asked = JSON.stringify(search, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  assert.ok(rows <= rowsMax, `${asked} looked at ${rows} rows`);
  return found;
}

describe('the search among 100,000 orders', () => {
  test('goes page by page, newest first, each order once', async () => {
    const first = await page({});
    const second = await page({ upTo: position(Number(first.nextCursor)) });
    const amounts = [...first.orders, ...second.orders].map(({ amount }) => Number(amount.minor));
    assert.deepEqual(
      amounts,
      Array.from({ length: 100 }, (_, index) => ordersMade - index),
    );
    const last = await page({ upTo: position(50) });
    assert.deepEqual([last.orders.length, last.nextCursor], [50, null]);
  });

  test('finds by customer, by the beginning of one, by status, amount, place in the log, and id', async () => {
    const customer = await page({ customer: { text: 'customer-7', isBeginning: false } });
    assert.ok(customer.orders.every(({ customerId }) => customerId === 'customer-7'));
    assert.equal(customer.orders.length, 50);
    const beginning = await page({ customer: { text: 'customer-99', isBeginning: true } }, walkRows);
    assert.ok(beginning.orders.every(({ customerId }) => customerId.startsWith('customer-99')));
    assert.equal((await page({ status: 'InReview', limit: 100 })).orders.length, 100);
    const cheap = await page({ maxMinor: 20n, currency: 'USD' }, ordersMade + pageRows); // by no index: all of them
    assert.equal(cheap.orders.length, 20);
    const between = await page({ after: position(10), upTo: position(15) });
    assert.deepEqual(
      between.orders.map(({ amount }) => amount.minor),
      ['15', '14', '13', '12', '11'],
    );
    const whole = '00000000-0000-4000-8000-00000000002a';
    assert.deepEqual(
      (await page({ id: whole })).orders.map(({ orderId }) => orderId),
      [whole],
    );
    assert.equal((await page({ id: whole.slice(0, 35) })).orders.length, 16);
    assert.deepEqual((await page({ id: 'ffff' })).orders, []);
  });

  test('takes what people type as text, not as a pattern or as SQL', async () => {
    for (const text of ['%', '_', `' or 1=1 --`, 'customer\\'])
      assert.deepEqual((await page({ customer: { text, isBeginning: true } })).orders, [], text);
  });

  test('counts them all in one statement', async () => {
    const counted = await countOrders(sql);
    assert.equal(
      counted.reduce((sum, { orders }) => sum + orders, 0),
      ordersMade,
    );
    assert.equal(counted.find(({ status }) => status === 'InReview')?.orders, ordersMade / 1000);
  });
});

test('who waits for a person longest stands first, page by page, and who was decided is not shown', async () => {
  const waiting = [3, 1, 2].map((n) => ({ n: n * 1000, dueMs: n * 60_000 }));
  const decided = { n: 5, dueMs: 1 };
  for (const { n, dueMs } of [...waiting, decided])
    await sql.execute(
      `insert into sagas (saga, stream, log, state, status, step, started_at, since, revision, seen_revision, next_action, due_at, try_at)
       values ('fulfilment', 'order-00000000-0000-4000-8000-' || lpad(to_hex($1::int8), 12, '0'), 'ORDERS', '{}', 'running', 'review',
         now(), now(), 3, 3, 'deadline', to_timestamp($2::float8 / 1000), to_timestamp($2::float8 / 1000))`,
      [n, dueMs],
    );
  const databases = { workersdb: sql, ordersdb: sql };
  const first = await waitingReviews(databases, 'fulfilment', { limit: 2, cursor: undefined });
  assert.deepEqual(
    first.reviews.map(({ dueMs }) => dueMs),
    [60_000, 120_000],
  );
  assert.equal(first.waiting, ordersMade / 1000);
  assert.ok(first.nextCursor !== null);
  const second = await waitingReviews(databases, 'fulfilment', { limit: 2, cursor: first.nextCursor });
  assert.deepEqual([second.reviews.map(({ dueMs }) => dueMs), second.nextCursor], [[180_000], null]);
});

test('what operators did is kept as it was asked and as it ended, newest first, by page and by subject', async () => {
  const trail = sqlAuditTrail(sql);
  const ids = Array.from({ length: 5 }, () => newId());
  for (const [index, id] of ids.entries()) {
    const action = { by: 'ada', action: 'cancel', subject: `order ${index}`, why: `'; drop table console_actions; --` };
    await trail.asked(id, action);
    if (index > 0) await trail.ended(id, action, { outcome: 'done', says: 'it is Cancelling' });
  }
  const first = await trail.list({ limit: 3 });
  assert.ok(first.nextCursor !== null);
  const second = await trail.list({ limit: 3, cursor: first.nextCursor });
  assert.deepEqual(
    [...first.lines, ...second.lines].map(({ id }) => id),
    ids.toReversed(),
  );
  assert.equal(second.nextCursor, null);
  const [unfinished] = (await trail.list({ limit: 9, subject: 'order 0' })).lines;
  assert.deepEqual([unfinished?.outcome, unfinished?.by], [null, 'ada']);
});

test('a cursor that no page ended with is refused, before a database chokes on it', async () => {
  for (const text of ['1 ------------------------------------', `1 ${'\0'.repeat(36)}`, `x ${newId()}`, '']) {
    const asked = { limit: 2, cursor: Buffer.from(text).toString('base64url') };
    await assert.rejects(sqlAuditTrail(sql).list(asked), { code: 'cursor_unknown' });
    await assert.rejects(waitingReviews({ workersdb: sql, ordersdb: sql }, 'fulfilment', asked), {
      code: 'cursor_unknown',
    });
  }
});

test('the server tells its figures', async () => {
  const figures = await databaseFigures(sql);
  assert.deepEqual(
    figures.map(({ name }) => name),
    ['eventstoredb', 'ordersdb', 'workersdb', 'gatewaydb'],
  );
  assert.ok(figures.every(({ trouble }) => trouble === null));
});
