import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, eventType, incarnation, logName, position, revision, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { migrate, type Sql } from '@eventstream/platform/sql';
import { workerLedgerContract } from '@eventstream/testing/contracts';
import { eventually } from '@eventstream/testing/eventually';
import { testPostgres, watchedSql } from '@eventstream/testing/harness';
import { InfrastructureFault } from '../handler.ts';
import { sqlDeadLetterDesk } from './dead-letters.ts';
import { sqlWorkerLedger } from './ledger.ts';
import { readMarks, readTried, resetMarks } from './marks.ts';
import { workerComponent, workerMigrations } from './migrations.ts';
import { readWaiting } from './waiting-work.ts';

async function freshTables(): Promise<Sql> {
  const { freshDatabase } = await testPostgres();
  const sql = (await freshDatabase()).open();
  await migrate(sql, { component: workerComponent, migrations: workerMigrations });
  return sql;
}

workerLedgerContract({
  name: 'in PostgreSQL',
  open: async () => {
    const sql = await freshTables();
    return {
      ledger: sqlWorkerLedger(sql),
      desk: sqlDeadLetterDesk(sql),
      // The database's clock cannot be moved; moving what is compared with it comes to the same.
      pass: async (ms) => {
        await sql.execute(`update worker_waiting set due_at = due_at - $1::int8 * interval '1 millisecond'`, [ms]);
      },
    };
  },
});

const log = logName('ORDERS');

test('a thousand pieces of work wait and finish in a few statements', async () => {
  const sql = await freshTables();
  const ledger = sqlWorkerLedger(sql);
  const items = Array.from({ length: 1_000 }, (_, index) => ({
    eventId: eventId(newId()),
    type: eventType('ORDERS.created'),
    log,
    position: position(index + 1),
    stream: streamName(`order-${index}`),
    revision: revision(1),
  }));
  const waiting = { attempts: 0, failures: 0, afterMs: 0, reason: 'test' };
  await Promise.all(items.map((item) => ledger.wait('w-created', item, waiting)));
  assert.equal((await ledger.stuck('w-created')).waiting, 1_000);
  await Promise.all(items.map((item) => ledger.finish('w-created', item.eventId)));
  assert.equal((await ledger.stuck('w-created')).waiting, 0);
});

test('a new life of the log takes every mark of it along, as far as that life goes', async () => {
  const sql = await freshTables();
  const ledger = sqlWorkerLedger(sql);
  const [before, after] = [incarnation(newId()), incarnation(newId())];
  await ledger.saveMark('w-created', log, { position: position(9), incarnation: before });
  await ledger.saveMark('w-created', logName('OTHER'), { position: position(4), incarnation: before });
  assert.equal(await resetMarks(sql, log, { position: position(2), incarnation: after }), 1);
  assert.deepEqual(await ledger.loadMark('w-created', log), { position: 2, incarnation: after });
  assert.deepEqual(
    (await readMarks(sql)).map((mark) => [mark.log, mark.position]),
    [
      ['ORDERS', 2],
      ['OTHER', 4],
    ],
  );
});

/** Work on the event at a position. */
const itemAt = (at: number, stream = `order-${at}`) => ({
  eventId: eventId(newId()),
  type: eventType('ORDERS.created'),
  log,
  position: position(at),
  stream: streamName(stream),
  revision: revision(1),
});

describe('a claim among 100,000 pieces of waiting work', () => {
  const waitingMade = 100_000;
  /** What a claim of a hundred looks at: each once to find it, once for its stream, and once to take it. */
  const rowsMax = 1_000;

  for (const [when, dueAt] of [
    ['all of which is due', `now() - interval '9 minutes' + n * interval '1 millisecond'`],
    [
      'of which a hundredth is due',
      `now() + case when n % 100 = 0 then -1 else 1 end * (10 + n) * interval '1 second'`,
    ],
  ] as const)
    test(`${when} looks at little more than it gives out`, async () => {
      const tables = await freshTables();
      const text = `insert into worker_waiting (consumer, event_id, type, log, position, stream, revision, attempts, failures,
           reason, due_at)
         select 'w-created', gen_random_uuid(), 'ORDERS.created', 'ORDERS', n, 'order-' || n, 1, 0, 0, 'test', ${dueAt}
         from generate_series(1, ${waitingMade}) n`;
      await tables.transaction((tx) => tx.execute({ text, timeoutMs: 120_000 }));
      await tables.execute('analyze worker_waiting');
      const { sql, rowsLookedAt } = watchedSql(tables);
      const claimed = await sqlWorkerLedger(sql).claim('w-created', { limit: 100, leaseMs: 30_000, suspect: true });
      assert.equal(claimed.length, 100);
      const rows = rowsLookedAt();
      assert.ok(rows <= rowsMax, `${rows} rows were looked at`);
    });
});

test('operators see what waits, since when, and why', async () => {
  const sql = await freshTables();
  const item = itemAt(3, 'order-a');
  const ledger = sqlWorkerLedger(sql);
  await ledger.wait('w-created', item, { attempts: 2, failures: 1, afterMs: 60_000, reason: 'outcome unknown' });
  const [waiting, ...others] = await readWaiting(sql, { limit: 10 });
  assert.deepEqual(others, []);
  assert.ok(waiting !== undefined && waiting.dueAtMs - waiting.firstAtMs >= 60_000);
  const { dueAtMs: _due, firstAtMs: _first, ...rest } = waiting;
  assert.deepEqual(rest, { ...item, consumer: 'w-created', attempts: 2, failures: 1, reason: 'outcome unknown' });
  assert.deepEqual(await readWaiting(sql, { consumer: 'another', limit: 10 }), []);
});

test('a database that does not answer is an infrastructure fault', async () => {
  const sql = await freshTables();
  await sql.close();
  await assert.rejects(sqlWorkerLedger(sql).stuck('w-created'), InfrastructureFault);
});

test('an event that is discarded while its redrive is taken is not handled', async () => {
  const sql = await freshTables();
  const ledger = sqlWorkerLedger(sql);
  const desk = sqlDeadLetterDesk(sql);
  const poisoned = itemAt(1, 'order-a');
  await ledger.bury({ ...poisoned, consumer: 'w-created', reason: 'poison', stack: undefined, attempts: 1 });
  const [letter] = await desk.list({ limit: 1 });
  assert.ok(letter);
  await desk.redrive(letter.id, { by: 'ada', why: 'mended' });
  const taken = await sql.transaction(async (discarding) => {
    await discarding.execute(`update dead_letters set state = 'discarded' where id = $1`, [letter.id]);
    const taking = ledger.takeRedrives('w-created');
    await eventually(
      () => sql.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
      (waiting) => waiting.length === 1,
    );
    return { taking };
  });
  assert.equal(await taken.taking, 0);
  assert.equal((await desk.get(letter.id))?.state, 'discarded');
  assert.deepEqual(await readWaiting(sql, { limit: 10 }), []);
});

test('work counts as tried when an attempt at it ended with an answer, or when it waits for people', async () => {
  const sql = await freshTables();
  const ledger = sqlWorkerLedger(sql);
  const tried = () => readTried(sql, 'w-created', log);
  assert.equal(await tried(), undefined);
  await ledger.saveMark('w-created', log, { position: position(10), incarnation: incarnation(newId()) });
  assert.equal(await tried(), 10);
  const poison = { reason: 'poison', stack: undefined, attempts: 1, consumer: 'w-created' };
  await ledger.bury({ ...itemAt(2, 'order-dead'), ...poison });
  const found = { attempts: 0, failures: 0, afterMs: 0, reason: 'found in the store' };
  await ledger.wait('w-created', itemAt(3, 'order-dead'), found);
  await ledger.wait('w-created', itemAt(4), { ...found, attempts: 1, failures: 1 });
  assert.equal(await tried(), 10);
  const [unheard, interrupted] = [itemAt(7), itemAt(8)];
  await ledger.wait('w-created', unheard, found);
  await ledger.wait('w-created', interrupted, { ...found, attempts: 1, reason: 'an earlier process had it in hand' });
  assert.equal(await tried(), 6);
  await ledger.claim('w-created', { limit: 10, leaseMs: 1_000, suspect: true });
  assert.equal(await tried(), 6, 'being claimed is no answer');
  for (const { eventId: id } of [unheard, interrupted])
    await ledger.postpone('w-created', id, { afterMs: 9_000, reason: 'the gateway is away', counts: false });
  assert.equal(await tried(), 6, 'nor is an outage');
  await ledger.postpone('w-created', unheard.eventId, { afterMs: 0, reason: 'outcome unknown', counts: true });
  assert.equal(await tried(), 7);
  await ledger.bury({ ...interrupted, ...poison });
  assert.equal(await tried(), 10);
});
