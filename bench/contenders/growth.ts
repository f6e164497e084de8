/**
 * Appends to a log that already has ten million events, beside appends to one with a hundred thousand, in turns. The events
 * before them are written by SQL, with ids and streams in order of time as the product's are.
 */
import { ordersLog } from '@eventstream/contracts';
import type { Sql } from '@eventstream/platform/sql';
import { Type } from 'typebox';
import { contend, storeTask } from '../harness/contender.ts';
import { openDatabase } from '../harness/open-database.ts';
import { openStore } from '../harness/open-store.ts';
import { appendLoad, checkLog } from './append-load.ts';
import { orderJson } from './order-payload.ts';

const task = Type.Object({
  ...storeTask,
  rounds: Type.Integer(),
  callers: Type.Integer(),
  big: Type.Integer(),
  small: Type.Integer(),
  /** 1: the sizes as they are; less for a try. */
  scale: Type.Number(),
});
const chunk = 250_000;

await contend(task, async ({ databaseUrl, seconds, rounds, callers, big, small, scale }) => {
  const events = { big: Math.ceil((big * scale) / 3) * 3, small: Math.ceil(small / 3) * 3 };
  const large = await openStore(databaseUrl);
  const filledMs = await fill(large.sql, events.big);
  const append = (one: Awaited<ReturnType<typeof openStore>>) =>
    appendLoad({ stores: [one.store], callers, seconds, mixed: false });
  const figures: { big: number[]; small: number[] } = { big: [], small: [] };
  let stored = events.big;
  for (let round = 1; round <= rounds; round += 1) {
    const beside = await besideDatabase(databaseUrl, round);
    const little = await openStore(beside.url);
    await fill(little.sql, events.small);
    const turns = [
      async () => {
        const load = await append(little);
        figures.small.push(load.perSecond);
        await checkLog(little.sql, events.small + load.stored);
      },
      async () => {
        const load = await append(large);
        figures.big.push(load.perSecond);
        stored += load.stored;
      },
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    await little.store.close();
    await little.sql.close();
    await beside.drop();
  }
  await checkLog(large.sql, stored);
  return { figures, notes: [`growth: ${events.big} events were there, written in ${(filledMs / 1000).toFixed(0)} s`] };
});

/** Writes the events and moves the head; answers the milliseconds it took. Then whatever PostgreSQL puts off is done. */
async function fill(sql: Sql, events: number): Promise<number> {
  const startedMs = performance.now();
  const data = Buffer.from(orderJson(1));
  for (let from = 1; from <= events; from += chunk) {
    await sql.execute(
      `insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
       select $1, n, 'order-' || ${timeOrdered('(n - 1) / 3', '1')}, (n - 1) % 3 + 1, ${timeOrdered('n', '2')},
         'ORDERS.created', $2, '{"schema-version":"1"}', now()
       from generate_series($3::int8, $4::int8) as n`,
      [ordersLog, data, from, Math.min(from + chunk - 1, events)],
    );
  }
  await sql.execute('update log_heads set position = $2 where log = $1', [ordersLog, events]);
  const tookMs = performance.now() - startedMs;
  await sql.execute('vacuum analyze events');
  await sql.execute('checkpoint');
  return tookMs;
}

/** A uuid of version 7 whose time grows with `n`: ten a millisecond, from the year 2023 on. */
function timeOrdered(n: string, salt: string): string {
  const random = `md5('${salt}' || (${n})::text)`;
  return `(lpad(to_hex(1700000000000 + (${n}) / 10), 12, '0') || '7' || substr(${random}, 1, 3) || 'a' || substr(${random}, 4, 15))::uuid`;
}

/** Another database on the same server. */
async function besideDatabase(databaseUrl: string, round: number) {
  const url = new URL(databaseUrl);
  const name = `${url.pathname.slice(1)}_small_${round}`;
  const admin = openDatabase(databaseUrl, 1);
  await admin.execute(`create database ${name}`);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await admin.execute(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}
