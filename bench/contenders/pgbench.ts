/**
 * PostgreSQL itself: one row for each commit, by `pgbench`, with the columns of an event and the two keys that any event
 * table has. The rows are made in the server, so nothing but the statement travels.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Type } from 'typebox';
import { check, contend, storeTask } from '../harness/contender.ts';
import { median } from '../harness/judge-rows.ts';
import { openDatabase } from '../harness/open-database.ts';
import { orderJson } from './order-payload.ts';

const run = promisify(execFile);
const task = Type.Object({ ...storeTask, program: Type.String(), folder: Type.String(), clients: Type.Integer() });

const tables = [
  'create sequence raw_positions cache 1',
  `create table raw_events (position int8 primary key, stream text not null, revision int8 not null, event_id uuid not null,
     type text not null, data bytea not null, metadata text not null, recorded_at timestamptz not null, unique (stream, revision))`,
];
/** Three rows a stream, as an order has. */
const insert = (payloadHex: string): string => `insert into raw_events
  select n, 'order-' || lpad((n / 3)::text, 36, '0'), n % 3, gen_random_uuid(), 'ORDERS.created', '\\x${payloadHex}', '{}', now()
  from (select nextval('raw_positions') as n) as next;
`;

await contend(task, async ({ databaseUrl, program, folder: benchFolder, clients, seconds }) => {
  const sql = openDatabase(databaseUrl);
  // In the bench's own, which is removed also when a signal ends us before we could.
  const folder = await mkdtemp(join(benchFolder, 'pgbench-'));
  try {
    for (const statement of tables) await sql.execute(statement);
    const script = join(folder, 'insert.sql');
    await writeFile(script, insert(Buffer.from(orderJson(1)).toString('hex')));
    const url = new URL(databaseUrl);
    const args = ['--no-vacuum', '--protocol=prepared', `--file=${script}`, `--time=${Math.ceil(seconds)}`];
    // A log of each transaction costs a little: only where it is the point.
    if (clients === 1) args.push('--log', `--log-prefix=${join(folder, 'log')}`);
    args.push(`--client=${clients}`, `--jobs=${Math.min(2, clients)}`, `--host=${url.hostname}`, `--port=${url.port}`);
    const { stdout } = await run(program, [...args, `--username=${url.username}`, url.pathname.slice(1)], {
      env: { PATH: process.env['PATH'], PGPASSWORD: decodeURIComponent(url.password), LC_ALL: 'C' },
    });
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
    const processed = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1]);
    check(perSecond > 0, `pgbench says no rate:\n${stdout}`);
    const [{ count } = { count: 0n }] = await sql.query<{ count: bigint }>('select count(*) from raw_events');
    check(Number(count) === processed, `pgbench committed ${processed} rows, the table has ${count}`);
    return { figures: { perSecond, p50Ms: await medianMs(folder, 1000 / perSecond) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** The third column of its log is each transaction's time in microseconds. */
async function medianMs(folder: string, otherwise: number): Promise<number> {
  const logs = (await readdir(folder)).filter((name) => name.startsWith('log'));
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')));
  const micros = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => Number(line.split(' ')[2]));
  return micros.length === 0 ? otherwise : median(micros) / 1000;
}
