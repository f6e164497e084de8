import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isNonEmpty, noRevision, nowhere, orderEventTypes, orderStream, ordersLog } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { createLog, sqlEventStore } from '@eventstream/event-store/sql';
import { MemoryBroker } from '@eventstream/messaging/memory';
import { createLogger } from '@eventstream/platform';
import { systemScheduler } from '@eventstream/platform/scheduler';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { findLiveGeneration, orderSink } from '@eventstream/read-model/sql';
import { sagaSink } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { workOf } from '@eventstream/worker';
import { insertDeadLetter, readMarks } from '@eventstream/worker/sql';
import { lives, newEvents, orderOf } from '../../../packages/verification/src/lives.fixture.ts';
import { databaseUrl } from '../../../services/bootstrapper/src/database-place.ts';
import { databasePlans, roleNames } from '../../../services/bootstrapper/src/databases.ts';
import { bootstrapSql } from '../../../services/bootstrapper/src/sql-bootstrap.ts';
import { beginNewLife } from './begin-new-life.ts';

type Databases = Record<'eventstoredb' | 'ordersdb' | 'workersdb', Sql>;

const logger = createLogger({ service: 'test', level: 'silent' });
const opened: Sql[] = [];
const [kept, lost] = [orderOf(1), orderOf(2)];
const keptEvents = lives.undoing.length + 1;
const sagas = (sql: Sql) => sqlSagaStore({ sql, saga: 'fulfilment', log: ordersLog });

/** Two orders that every reader has seen; then the second one's events are lost, as with an older backup. */
async function readAndLose({ eventstoredb, ordersdb, workersdb }: Databases) {
  await createLog(eventstoredb, ordersLog);
  const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
  const store = sqlEventStore({ sql: eventstoredb, registry, logger });
  for (const [id, life] of [[kept, lives.undoing] as const, [lost, lives.approved] as const]) {
    const events = newEvents(id, life);
    assert(isNonEmpty(events));
    await store.append({ log: ordersLog, streams: [{ stream: orderStream(id), expected: noRevision, events }] });
  }
  const page = await store.readLog(ordersLog, nowhere, { limit: 100 });
  await store.close();
  const definition = fulfilment(fulfilmentDefaults);
  const sagaRows = sagaSink({ name: 'test', definition, store: sagas(workersdb), undoStuckAfterMs: 1_000 });
  for (const sink of [orderSink(ordersdb), sagaRows]) await sink.apply(page.events, page.incarnation);
  await workersdb.execute(`insert into worker_marks values ('paymentworker-created', $1, $2, $3, now())`, [
    ordersLog,
    page.scannedTo,
    page.incarnation,
  ]);
  const [first, last] = [page.events[0], page.events.at(-1)];
  assert(first && last);
  for (const event of [first, last]) {
    const letter = { ...workOf(event), consumer: 'reviewworker', reason: 'poison', stack: undefined, attempts: 1 };
    await insertDeadLetter(workersdb, letter);
  }
  // More than a page of letters lie before that of the lost event: of events that are still there.
  await workersdb.execute(
    `insert into dead_letters (id, consumer, event_id, type, log, position, stream, revision, reason, attempts, state)
     select gen_random_uuid(), 'other-' || n, event_id, type, log, position, stream, revision, reason, attempts, state
     from dead_letters, generate_series(1, 1000) as n where position = $1`,
    [first.position],
  );
  await eventstoredb.execute('delete from events where position > $1', [keptEvents]);
  await eventstoredb.execute('update log_heads set position = $1', [keptEvents]);
  return page;
}

describe('a new life of the log', () => {
  let operator: Databases;
  let admin: Databases;

  before(async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('base64url')]));
    await bootstrapSql({ adminUrl, plans: databasePlans, passwords, logger });
    const open = (role?: string): Databases => {
      const one = (database: keyof Databases): Sql => {
        const url = new URL(databaseUrl(adminUrl, database));
        if (role !== undefined) [url.username, url.password] = [role, passwords[role] ?? ''];
        const sql = openSql({ url: url.href, applicationName: 'test', maxConnections: 2, logger });
        opened.push(sql);
        return sql;
      };
      return { eventstoredb: one('eventstoredb'), ordersdb: one('ordersdb'), workersdb: one('workersdb') };
    };
    [admin, operator] = [open(), open('operator')];
  });

  after(async () => {
    for (const sql of opened) await sql.close();
  });

  test('is followed by every reader from the beginning, with no more rights than an operator has', async () => {
    const old = await readAndLose(admin);
    const copy = new MemoryBroker({ scheduler: systemScheduler }).copyOf(ordersLog);
    await copy.create(old.incarnation);
    await copy.publish(old.events, old.incarnation);

    const steps: string[] = [];
    const head = await beginNewLife({
      ...operator,
      log: ordersLog,
      saga: 'fulfilment',
      copy,
      onStep: (what) => steps.push(what),
      onRebuilt: () => {},
    });

    assert.notEqual(head.incarnation, old.incarnation);
    assert.equal(head.position, keptEvents);
    const state = await copy.inspect();
    assert(state.kind === 'ours');
    assert.deepEqual([state.incarnation, state.last], [head.incarnation, nowhere]);
    const marks = await readMarks(admin.workersdb);
    assert.deepEqual(
      marks.map(({ position, incarnation }) => [position, incarnation]),
      [[nowhere, head.incarnation]],
    );
    assert.deepEqual(await sagas(admin.workersdb).checkpoint(), { position: nowhere, incarnation: undefined });
    const live = await findLiveGeneration(admin.ordersdb);
    assert.deepEqual([live?.position, live?.incarnation], [keptEvents, head.incarnation]);
    const rows = await admin.ordersdb.query<{ orderid: string }>('select orderid from orders where generation = $1', [
      live?.generation,
    ]);
    assert.deepEqual(rows, [{ orderid: kept }], 'the lost order is not shown any more');
    const counts = await admin.workersdb.query<{ stream: string; state: string; count: bigint }>(
      'select stream, state, count(*) as count from dead_letters group by stream, state order by state desc',
    );
    assert.deepEqual(counts, [
      { stream: orderStream(kept), state: 'open', count: 1001n },
      { stream: orderStream(lost), state: 'discarded', count: 1n },
    ]);
    assert.equal(steps.length, 5);
  });

  test('may be begun again after a crash in between', async () => {
    const copy = new MemoryBroker({ scheduler: systemScheduler }).copyOf(ordersLog);
    const parts = { ...operator, log: ordersLog, saga: 'fulfilment', copy, onRebuilt: () => {} };
    const crash = new Error('crash');
    const onStep = (what: string) => {
      if (what.startsWith('consumers')) throw crash;
    };
    await assert.rejects(beginNewLife({ ...parts, onStep }), crash);
    const head = await beginNewLife({ ...parts, onStep: () => {} });
    const live = await findLiveGeneration(admin.ordersdb);
    assert.deepEqual([live?.position, live?.incarnation], [head.position, head.incarnation]);
  });

  test('is not begun while the broker does not answer', async () => {
    const untouched = await admin.eventstoredb.query('select incarnation from log_heads');
    const broker = new MemoryBroker({ scheduler: systemScheduler });
    const copy = broker.copyOf(ordersLog);
    broker.stop();
    await assert.rejects(
      beginNewLife({ ...operator, log: ordersLog, saga: 'fulfilment', copy, onStep: () => {}, onRebuilt: () => {} }),
    );
    assert.deepEqual(await admin.eventstoredb.query('select incarnation from log_heads'), untouched);
  });
});
