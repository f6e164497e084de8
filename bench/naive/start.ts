/** Starts the naive build on an empty database, beside whatever else runs. It ends with this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@eventstream/local-servers';
import { gatewayMigrations } from '@eventstream/paymentgateway/migrations';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { repositoryRoot } from '../../cli/src/up/data-folder.ts';
import { openDatabase } from '../harness/open-database.ts';
import { stream, subjectOf } from './subjects.ts';

/** A naive build that runs. */
export interface NaiveBuild {
  readonly httpUrl: string;
  /** How many orders its read model says are approved. */
  approved(): Promise<number>;
  stop(): Promise<void>;
}

const tables = [
  `create table naive_events (id int8 generated always as identity primary key, event_id uuid unique not null, event_type text not null,
     aggregate_id uuid not null, aggregate_type text not null, event_data jsonb not null, at timestamptz default now())`,
  `create table naive_orders (order_id uuid primary key, customer_id text, restaurant_id text, amount numeric, status text,
     created_on timestamptz default now())`,
  `create table naive_order_items (id int8 generated always as identity primary key, order_id uuid not null, code text, name text, unit_price numeric,
     quantity int)`,
];
const gatewayReadyWithinMs = 20_000;

/** Resolves when every process is ready. */
export async function startNaive(databaseUrl: string, natsUrl: string): Promise<NaiveBuild> {
  const sql = openDatabase(databaseUrl);
  for (const table of tables) await sql.execute(table);
  await migrate(sql, { component: 'gateway', migrations: gatewayMigrations });
  await makeStream(natsUrl);
  const children: ChildProcess[] = [];
  const start = async (file: string, ...args: string[]): Promise<string> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    return said.trim();
  };
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  const gateway = await startGateway(databaseUrl, children);
  const eventStore = `127.0.0.1:${await start('eventstoresvc.mjs', databaseUrl, natsUrl)}`;
  const [port] = await Promise.all([
    start('ordersvc.mjs', eventStore),
    start('worker.mjs', 'payment', natsUrl, eventStore, gateway),
    start('worker.mjs', 'review', natsUrl, eventStore),
    start('projector.mjs', natsUrl, databaseUrl),
  ]);
  return {
    httpUrl: `http://127.0.0.1:${port}`,
    approved: () => countApproved(sql),
    async stop() {
      for (const child of children) child.kill('SIGKILL');
      await deleteStream(natsUrl);
    },
  };
}

/** The product's stand-in provider, with books of its own. */
async function startGateway(databaseUrl: string, children: ChildProcess[]): Promise<string> {
  const port = String(await freePort());
  const entry = join(repositoryRoot, 'services/paymentgateway/src/main.ts');
  const env = {
    ...process.env,
    GATEWAYDB_URL: databaseUrl,
    GATEWAY_PORT: port,
    HEALTH_PORT: '0',
    TRACES_EXPORTER: 'none',
  };
  children.push(spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], { env, stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}`;
  const untilMs = performance.now() + gatewayReadyWithinMs;
  for (;;) {
    const answer = await fetch(`${url}/v1/test-payers`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok === true) return url;
    if (performance.now() > untilMs) throw new Error('the naive build’s payment gateway did not start');
    await wait(50);
  }
}

async function makeStream(natsUrl: string): Promise<void> {
  await deleteStream(natsUrl);
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: stream, subjects: [`${stream}.*`] });
  const durable = (name: string, filter: string) =>
    manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: filter });
  await durable('payment', subjectOf('created'));
  await durable('review', subjectOf('paymentdebited'));
  await durable('projector', `${stream}.*`);
  await connection.close();
}

async function deleteStream(natsUrl: string): Promise<void> {
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  await manager.streams.delete(stream).catch(() => undefined); // there may be none
  await connection.close();
}

async function countApproved(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: bigint }>(`select count(*) from naive_orders where status = 'Approved'`);
  return Number(row?.count ?? 0n);
}
