/**
 * Verifies a whole system that has lived long: its log, the broker's copy, intents, the provider's books, sagas and the read
 * model, all as the product would have written them. Not a row of the table: it takes minutes to prepare.
 *
 *   node bench/contenders/verify-at-scale.ts --events 1000000 --rounds 3 --folder /tmp/verify
 *
 * Prints, for each verification in a process of its own: time of the clock, processor time, the most memory it had.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nowhere, ordersLog } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { pageEventsMax } from '@eventstream/event-store';
import type { SqlEventStore } from '@eventstream/event-store/sql';
import { startNatsServer, startPostgres } from '@eventstream/local-servers';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { Relay } from '@eventstream/messaging/relay';
import { relayMigrations, SqlRelayLease } from '@eventstream/messaging/sql';
import { gatewayMigrations } from '@eventstream/paymentgateway/migrations';
import { paymentMigrations } from '@eventstream/paymentworker/migrations';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { orderSink, readModelMigrations } from '@eventstream/read-model/sql';
import { sagaSink } from '@eventstream/saga';
import { sagaMigrations, sqlSagaStore } from '@eventstream/saga/sql';
import type { LogSink } from '@eventstream/worker';
import { workerMigrations } from '@eventstream/worker/sql';
import { check } from '../harness/contender.ts';
import { quiet } from '../harness/open-database.ts';
import { openStore } from '../harness/open-store.ts';
import { eventsPerOrder, fillLog } from './fill-log.ts';

const { values: given } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: '/tmp/eventstream-verify-at-scale' },
  },
});
const lookEveryMs = 200;

/** Tables of the four databases have different names, or are the same: one database holds them all here. */
const components = [
  { component: 'relay', migrations: relayMigrations },
  { component: 'worker', migrations: workerMigrations },
  { component: 'payments', migrations: paymentMigrations },
  { component: 'saga', migrations: sagaMigrations },
  { component: 'read-model', migrations: readModelMigrations },
  { component: 'gateway', migrations: gatewayMigrations },
];

/** Tells at its end what the process has used: exact, unlike samples from outside. */
const usage = `data:text/javascript,${encodeURIComponent(`
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const seconds = (performance.now() / 1000).toFixed(1);
    const cpu = ((userCPUTime + systemCPUTime) / 1e6).toFixed(1);
    process.stderr.write('took ' + seconds + ' s, ' + cpu + ' s of CPU, at most ' + Math.round(maxRSS / 1024) + ' MB\\n');
  })`)}`;

const orders = Math.ceil(Number(given.events) / eventsPerOrder);
await rm(given.folder, { recursive: true, force: true });
await mkdir(given.folder, { recursive: true, mode: 0o755 });
const postgres = await startPostgres({
  dataDir: join(given.folder, 'postgres'),
  logFile: join(given.folder, 'postgres.log'),
});
const nats = await startNatsServer({ storeDir: join(given.folder, 'nats'), logFile: join(given.folder, 'nats.log') });
try {
  const { sql, store } = await openStore(postgres.url('postgres'));
  for (const one of components) await migrate(sql, one);
  await told(`${orders} orders`, fillLog(store, orders));
  await told('their money', moveMoney(sql));
  await told('their rows', fold(store, orderSink(sql)));
  await told('their sagas', fold(store, sagasOf(sql)));
  await told('the broker’s copy', publish(sql, store));
  await markAll(sql);
  await sql.execute('vacuum analyze');
  await store.close();
  await sql.close();
  for (let round = 1; round <= Number(given.rounds); round += 1) await verifyAlone();
} finally {
  await Promise.all([postgres.stop(), nats.stop()]);
  await rm(given.folder, { recursive: true, force: true });
}

async function told(what: string, work: Promise<void>): Promise<void> {
  const startedMs = performance.now();
  await work;
  process.stderr.write(`${what}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

/** An intent, a payment and a debit's double entry for each order of the log. */
async function moveMoney(sql: Sql): Promise<void> {
  const of = `from events where type = 'ORDERS.created'`;
  const key = 'substr(stream, 7)::uuid';
  await sql.execute(`insert into payment_intents (order_id, amount_minor, currency, payer, state, settled_at)
                     select ${key}, 40000, 'USD', 'customer-1', 'debited', now() ${of}`);
  await sql.execute(`insert into payments (payment_key, status, amount_minor, currency, payer, reference)
                     select ${key}, 'debited', 40000, 'USD', 'customer-1', 'pay_1' ${of}`);
  for (const [account, amount] of [
    ['merchant', 40_000],
    ['payer:customer-1', -40_000],
  ] as const)
    await sql.execute(`insert into ledger_entries (payment_key, movement, account, amount_minor, currency)
                       select ${key}, 'debit', '${account}', ${amount}, 'USD' ${of}`);
}

function sagasOf(sql: Sql): LogSink {
  return sagaSink({
    name: 'sagacoordinator',
    definition: fulfilment(fulfilmentDefaults),
    store: sqlSagaStore({ sql, saga: 'fulfilment', log: ordersLog }),
    undoStuckAfterMs: 300_000,
  });
}

async function fold(store: SqlEventStore, sink: LogSink): Promise<void> {
  await sink.checkpoint();
  let at = nowhere;
  for (;;) {
    const page = await store.readLog(ordersLog, at, { limit: pageEventsMax });
    if (page.events.length === 0) return;
    const { kind } = await sink.apply(page.events, page.incarnation);
    check(kind === 'committed', `a page was not folded: ${kind}`);
    at = page.scannedTo;
  }
}

async function publish(sql: Sql, store: SqlEventStore): Promise<void> {
  const connection = await connectNats({ url: nats.url, name: 'relay', logger: quiet });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  const relay = new Relay({ log: ordersLog, source: store, copy, lease: new SqlRelayLease(sql), logger: quiet });
  const { position } = await store.head(ordersLog);
  await relay.start();
  while (relay.published < position) await wait(lookEveryMs);
  await relay.stop();
  copy.close();
  await connection.close();
}

async function markAll(sql: Sql): Promise<void> {
  for (const consumer of ['paymentworker-created', 'paymentworker-paymentvoidrequested', 'reviewworker-paymentdebited'])
    await sql.execute(
      'insert into worker_marks (consumer, log, position, incarnation) select $1, log, position, incarnation from log_heads',
      [consumer],
    );
}

/** By the command itself, given addresses as for servers of one's own. */
async function verifyAlone(): Promise<void> {
  const url = postgres.url('postgres');
  const databases = { EVENTSTOREDB_URL: url, ORDERSDB_URL: url, WORKERSDB_URL: url, GATEWAYDB_URL: url };
  const program = join(import.meta.dirname, '..', '..', 'cli', 'src', 'main.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--import', usage, ...process.execArgv];
  const child = spawn(process.execPath, [...flags, program, 'verify'], {
    env: { ...process.env, ...databases, NATS_URL: nats.url },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await once(child, 'close');
  check(child.exitCode === 0, `verify ended with ${child.exitCode}`);
}
