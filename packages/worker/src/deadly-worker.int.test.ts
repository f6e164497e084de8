/** Events whose handler throws, or ends its process, in real processes: what they take with them, and what becomes of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { eventId, eventType, logName, noRevision, nowhere, streamName } from '@eventstream/contracts';
import { createLog, eventStoreComponent, eventStoreMigrations, sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLogger } from '@eventstream/platform';
import { migrate } from '@eventstream/platform/sql';
import { aProcessMayTake, eventually } from '@eventstream/testing/eventually';
import { testNats, testPostgres } from '@eventstream/testing/harness';
import { deadLetterOffice } from './dead-letters/dead-letter-office.ts';
import { sqlDeadLetterDesk, workerComponent, workerMigrations } from './sql/index.ts';

const silent = createLogger({ service: 'test', level: 'silent' });
const log = logName(`D${randomUUID().slice(0, 8).toUpperCase()}`);
const type = eventType(`${log}.happened`);

/** Starts the worker again whenever it dies, as a supervisor does. */
class Supervised {
  readonly handled: number[] = [];
  deaths = 0;
  #child: ChildProcess | undefined;
  readonly #args: readonly string[];
  #isWanted = true;

  constructor(args: readonly string[]) {
    this.#args = args;
    this.#start();
  }

  #start(): void {
    const program = join(import.meta.dirname, 'testdata', 'deadly-worker.ts');
    const child = fork(program, this.#args, { stdio: 'inherit' });
    this.#child = child;
    child.on('message', (message) => {
      if (typeof message === 'object' && 'handled' in message) this.handled.push(Number(message.handled));
    });
    child.on('exit', () => {
      if (!this.#isWanted) return;
      this.deaths += 1;
      this.#start();
    });
  }

  async end(): Promise<void> {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    const ended = new Promise((resolve) => this.#child?.once('exit', resolve));
    this.#child?.kill('SIGKILL');
    await ended;
  }
}

const running: Supervised[] = [];
after(async () => {
  for (const one of running) await one.end();
});

test('a handler that ends its process, and one that throws, park their streams and nothing else; mended, they end', async () => {
  const database = await (await testPostgres()).freshDatabase();
  const sql = database.open();
  await migrate(sql, { component: eventStoreComponent, migrations: eventStoreMigrations });
  await migrate(sql, { component: workerComponent, migrations: workerMigrations });
  await createLog(sql, log);
  const store = sqlEventStore({ sql, registry: { types: new Map([[log, new Set<string>([type])]]) }, logger: silent });
  const [killer, thrower] = ['killer', 'thrower'];
  // The killer first: everybody else is in hand when it strikes.
  for (const [stream, what] of [
    [killer, 'die'],
    [thrower, 'throw'],
    ...Array.from({ length: 12 }, (_, at) => [`bystander-${at}`, 'work']),
  ] as const) {
    const events = [
      { id: eventId(randomUUID()), type, data: Buffer.from(JSON.stringify(what)), metadata: {} },
    ] as const;
    await store.append({ log, streams: [{ stream: streamName(`order-${stream}`), expected: noRevision, events }] });
  }
  const { url } = await testNats();
  const connection = await connectNats({ url, name: 'relay', logger: silent });
  const copy = await openJetStreamLogCopy({ connection, log, settings: { maxBytes: 16_000_000 } });
  const page = await store.readLog(log, nowhere, { limit: 100 });
  await copy.create(page.incarnation);
  await copy.publish(page.events, page.incarnation);

  const office = deadLetterOffice([sqlDeadLetterDesk(sql)]);
  const worker = new Supervised([database.url, url, log, 'broken']);
  running.push(worker);
  const letters = await eventually(
    () => office.list({ limit: 10 }),
    ({ length }) => length === 2,
    { withinMs: 4 * aProcessMayTake.withinMs }, // it has to start, and to start again after each of three deaths
  );
  await eventually(
    async () => new Set(worker.handled).size,
    (size) => size === 12,
    aProcessMayTake,
  );
  const [deadly, thrown] = letters;
  assert.deepEqual([deadly?.stream, thrown?.stream], ['order-killer', 'order-thrower']);
  assert.match(deadly?.reason ?? '', /begun 3 times and never ended/);
  assert.match(thrown?.reason ?? '', /nobody foresaw this \(3 attempts\)/);
  assert.match(thrown?.stack ?? '', /deadly-worker/);
  assert.equal(worker.deaths, 3);
  await worker.end();

  const mended = new Supervised([database.url, url, log, 'mended']);
  running.push(mended);
  const decision = { by: 'ada', why: 'mended' };
  assert.deepEqual(await office.redriveAll({ ratePerSecond: 100, decision, wait }), { redriven: 2, passedOver: 0 });
  await eventually(
    async () => mended.handled.toSorted((one, other) => one - other),
    (handled) => handled.length >= 2,
    aProcessMayTake,
  );
  assert.deepEqual(
    mended.handled.toSorted((one, other) => one - other),
    [1, 2],
  );
  await eventually(
    () => office.list({ state: 'redriven', limit: 10 }),
    ({ length }) => length === 2,
    aProcessMayTake,
  );
  await store.close();
  copy.close();
  await connection.close();
});
