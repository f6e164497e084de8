/** The loyalty worker as its user runs it: beside the whole system, as a process of its own, and away for a while. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { someCustomer, TestSystem } from '../../e2e/system.ts';

let system: TestSystem;
let sql: Sql;
let worker: ChildProcess | undefined;

before(async () => {
  system = await TestSystem.start();
  const logger = createLogger({ service: 'test', level: 'silent' });
  sql = openSql({ url: system.running.adminSqlUrl, applicationName: 'test', maxConnections: 1, logger });
});
after(() => sql.close());

function startWorker(): void {
  worker = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      ...process.env,
      EVENTSTORE_ADDRESS: system.running.eventstoreAddress,
      NATS_URL: system.running.natsUrl,
      LOYALTYDB_URL: system.running.adminSqlUrl,
      HEALTH_PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function stopWorker(): Promise<void> {
  if (worker === undefined || worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

async function grants(): Promise<{ customer_id: string; points: bigint }[]> {
  return sql.query('select customer_id, points from loyalty_points');
}

test('every approved order earns its points once, also when the worker is away while orders arrive', async () => {
  try {
    startWorker();
    await placeOrders(20);
    await system.eventually('some points are granted', async () => (await grants()).length > 0);
    await stopWorker();
    const declined = await system.place({ customer: someCustomer('test-decline') });
    await placeOrders(20);
    startWorker();
    await system.reaches(declined, 'Cancelled');
    await system.eventually('all points are granted', async () => (await grants()).length >= 40);
    const granted = await grants();
    assert.equal(new Set(granted.map((row) => row.customer_id)).size, 40);
    assert.ok(granted.length === 40 && granted.every((row) => row.points === 19n));
  } finally {
    await stopWorker();
  }
});

/** Each of another customer, and of 19.90. */
async function placeOrders(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => system.place({ price: '9.95', quantity: 2 })));
}
