/**
 * Reading a whole log through `ReadLog` beside PostgreSQL's own COPY of it, each again and again for as long as a round measures,
 * and rebuilding the read model beside a COPY of the same rows into tables with the same indexes, each once. Rates of events,
 * and of orders.
 */
import { randomUUID } from 'node:crypto';
import { nowhere, ordersLog } from '@eventstream/contracts';
import { type EventReader, pagesAhead } from '@eventstream/event-store';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { liveGeneration, readModelMigrations, rebuildReadModel } from '@eventstream/read-model/sql';
import { workerMigrations } from '@eventstream/worker/sql';
import { Type } from 'typebox';
import { check, contend, storeTask } from '../harness/contender.ts';
import { openStore } from '../harness/open-store.ts';
import { startStoreServer } from '../harness/start-store-server.ts';
import { eventsPerOrder, fillLog } from './fill-log.ts';

const task = Type.Object({ ...storeTask, ordersPerSecond: Type.Integer() });

await contend(task, async ({ databaseUrl, seconds, ordersPerSecond }) => {
  const { sql, store } = await openStore(databaseUrl);
  // Tables of ordersdb and eventstoredb have different names, so one database can hold both here.
  await migrate(sql, { component: 'worker', migrations: workerMigrations });
  await migrate(sql, { component: 'read-model', migrations: readModelMigrations });
  await liveGeneration(sql);
  const orders = Math.ceil(ordersPerSecond * seconds);
  const events = orders * eventsPerOrder;
  await fillLog(store, orders);
  await sql.execute('vacuum analyze events');
  const served = await startStoreServer(databaseUrl);
  // One pass each before the clock starts. A page is one operation here, and 40,000 events would be only 40 of them.
  await copyOut(sql, events);
  await readLog(served, events);
  const figures = {
    copyOut: await rateOver(seconds, events, () => copyOut(sql, events)),
    readLog: await rateOver(seconds, events, () => readLog(served, events)),
    rebuild: orders / (await secondsOf(() => rebuildReadModel({ sql, store: served, log: ordersLog }))),
    copyIn: 0,
  };
  await checkRows(sql, orders);
  figures.copyIn = orders / (await copyInSeconds(sql));
  return { figures };
});

/** Events a second, of whole passes over the log. */
async function rateOver(seconds: number, events: number, pass: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  let passes = 0;
  let tookMs = 0;
  while (tookMs < seconds * 1000) {
    await pass();
    passes += 1;
    tookMs = performance.now() - startedMs;
  }
  return (passes * events) / (tookMs / 1000);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** Every column to this client, which counts the bytes and forgets them. */
async function copyOut(sql: Sql, events: number): Promise<void> {
  const copied = await sql.execute(
    `copy (select * from events order by log, position limit ${events}) to stdout (format binary)`,
  );
  check(copied === events, `COPY wrote ${copied} of ${events} events`);
}

/** The first events of the log, of which it must have so many. */
async function readLog(store: EventReader, events: number): Promise<void> {
  let at = nowhere;
  for await (const page of pagesAhead(store, ordersLog, at)) {
    check(page.events.length > 0, `the log ends at ${at} of ${events}`);
    for (const event of page.events) {
      check(event.position === at + 1, `position ${event.position} follows ${at}`);
      at = event.position;
    }
    if (at >= events) break;
  }
}

async function checkRows(sql: Sql, orders: number): Promise<void> {
  const [found] = await sql.query<{ approved: bigint; items: bigint }>(
    `select (select count(*) from orders where status = 'Approved' and revision = 3) as approved, (select count(*) from orderitems) as items`,
  );
  const right = found?.approved === BigInt(orders) && found.items === BigInt(orders);
  check(right, `${orders} orders became ${found?.approved} approved rows with ${found?.items} items`);
}

/** By way of a file of the server, so that nothing but COPY is measured. */
async function copyInSeconds(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
  const file = `${row?.folder}/bench-${randomUUID()}`;
  const tables = ['orders', 'orderitems'] as const;
  for (const table of tables) {
    await sql.execute(`copy ${table} to '${file}-${table}' (format binary)`);
    await sql.execute(`create table copied_${table} (like ${table} including all)`);
  }
  const seconds = await secondsOf(() =>
    sql.transaction(async (tx) => {
      for (const table of tables) await tx.execute(`copy copied_${table} from '${file}-${table}' (format binary)`);
    }),
  );
  // The server's own files: only it may remove them.
  for (const table of tables) await sql.execute(`copy (select 1) to program 'rm -f "${file}-${table}"'`);
  return seconds;
}
