import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  incarnation,
  nowhere,
  type OrderId,
  orderStream,
  ordersLog,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { createLog, sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, type JetStreamLogCopy, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { newId, systemClock } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { rebuildReadModel } from '@eventstream/read-model/sql';
import { ownNats, testPostgres } from '@eventstream/testing/harness';
import { databaseUrl } from '../../../services/bootstrapper/src/database-place.ts';
import { databasePlans, roleNames } from '../../../services/bootstrapper/src/databases.ts';
import { bootstrapSql } from '../../../services/bootstrapper/src/sql-bootstrap.ts';
import { createDeletable } from '../../messaging/src/jetstream/deletable-copy.fixture.ts';
import { booksDamages } from './books-damages.fixture.ts';
import { unreachableCopy } from './checks/check-copy.ts';
import { copyDamages, damages } from './damages.fixture.ts';
import { approved, type Databases, eventCount, lifeOf, live, logger, pending, told } from './lived-system.fixture.ts';
import { orderOf } from './lives.fixture.ts';
import type { Difference, PromiseName, VerificationReport } from './report.ts';
import { sqlVerificationSources } from './sql/index.ts';
import { openVerification, type SystemVerification, type VerifiedSystem } from './system/index.ts';
import { verify } from './verify.ts';

describe('a verification of real databases and a real broker', () => {
  const opened: Sql[] = [];
  let admin: Databases;
  let connection: Awaited<ReturnType<typeof connectNats>>;
  let copy: JetStreamLogCopy;
  let system: VerifiedSystem;
  let verification: SystemVerification;
  let lived: readonly RecordedEvent[] = [];

  before(async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('base64url')]));
    await bootstrapSql({ adminUrl, plans: databasePlans, passwords, logger });
    const one = (database: keyof Databases): Sql => {
      const sql = openSql({ url: databaseUrl(adminUrl, database), applicationName: 'test', maxConnections: 2, logger });
      opened.push(sql);
      return sql;
    };
    admin = {
      eventstoredb: one('eventstoredb'),
      ordersdb: one('ordersdb'),
      workersdb: one('workersdb'),
      gatewaydb: one('gatewaydb'),
    };
    await createLog(admin.eventstoredb, ordersLog);
    const nats = await ownNats();
    connection = await connectNats({ url: nats.url, name: 'test', logger });
    copy = await openJetStreamLogCopy({ connection, log: ordersLog });
    system = {
      databaseUrl(database) {
        const url = new URL(databaseUrl(adminUrl, database));
        [url.username, url.password] = ['verifier', passwords['verifier'] ?? ''];
        return url.href;
      },
      natsUrl: () => nats.url,
      applicationName: 'verify',
      logger,
    };
    verification = openVerification(system);
  });

  after(async () => {
    await verification.close();
    await connection.close();
    for (const sql of opened) await sql.close();
  });

  const report = (acked?: ReadonlySet<OrderId>): Promise<VerificationReport> =>
    verification.verify(acked === undefined ? {} : { acked });

  /** Puts these events into a broker that had none, at their positions. */
  async function publish(messages: readonly RecordedEvent[], deleted: readonly number[] = []): Promise<void> {
    const life = await lifeOf(admin.eventstoredb);
    await copy.destroy();
    const { deleteAt } = await createDeletable({ connection, copy, log: ordersLog, life });
    assert.equal((await copy.publish(messages, life)).kind, 'published');
    for (const at of deleted) await deleteAt(position(at));
  }

  test('holds over nothing, before anything has run', async () => {
    const found = await report();
    assert.deepEqual([found.holds, found.orders, found.position], [true, 0, nowhere]);
  });

  test('holds over orders in every state, with a role that may only read', async () => {
    lived = await live(admin);
    await publish(lived);
    const found = await report(new Set([approved, pending]));
    const broken = found.promises.flatMap(({ first }) => first ?? []);
    assert.deepEqual(broken, []);
    assert.equal(found.orders, told.size);
    assert.equal(found.position, eventCount);
    assert.equal(found.remarks.unfinishedOrders.count, 2);
    const { debited, voided, approved: kept, inFlight } = found.money.get('USD') ?? {};
    assert.deepEqual([debited, voided, kept, inFlight], [5700n, 1900n, 1900n, 1900n]);
    const copied = found.promises.find(({ promise }) => promise === 'copy');
    assert.deepEqual([copied?.verdict, copied?.examined], ['holds', eventCount]);
  });

  test('does not say that all holds while the broker is away', async () => {
    const away = openVerification({ ...system, natsUrl: () => 'nats://127.0.0.1:1' });
    const found = await away.verify();
    await away.close();
    const copied = found.promises.find(({ promise }) => promise === 'copy');
    assert.equal(copied?.verdict, 'not checked');
    assert.equal(found.holds, null);
  });

  test('names an acknowledged order that is not stored', async () => {
    const found = await report(new Set([approved, orderOf(99)]));
    assert.equal(firstOf(found, 'acked')?.orderId, orderOf(99));
    const { examined } = found.promises.find(({ promise }) => promise === 'acked') ?? {};
    assert.equal(examined, told.size + 1, 'an order that was told of and is stored counts once');
  });

  const rights = [
    ['update on events', /eventstoresvc may update events/],
    ['delete on events', /eventstoresvc may delete events/],
    ['truncate on events', /eventstoresvc may truncate events/],
    ['update (data) on events', /eventstoresvc may update a column of events/],
  ] as const;
  for (const [right, says] of rights)
    test(`names a right that the appending role must not have: ${right}`, async () => {
      await admin.eventstoredb.execute(`grant ${right} to eventstoresvc`);
      const difference = firstOf(await report(), 'appendOnly');
      await admin.eventstoredb.execute(`revoke ${right} from eventstoresvc`);
      assert.match(difference?.message ?? '', says);
    });

  test('names a right that the appending role has only once it takes another role', async () => {
    const { eventstoredb } = admin;
    await eventstoredb.execute('create role keeper');
    await eventstoredb.execute('grant delete on events to keeper');
    await eventstoredb.execute('alter role eventstoresvc noinherit');
    await eventstoredb.execute('grant keeper to eventstoresvc');
    const difference = firstOf(await report(), 'appendOnly');
    await eventstoredb.execute('alter role eventstoresvc inherit');
    await eventstoredb.execute('revoke delete on events from keeper');
    await eventstoredb.execute('drop role keeper');
    assert.match(difference?.message ?? 'nothing', /eventstoresvc may delete events, as keeper/);
  });

  for (const { is, published, deleted, says, of } of copyDamages)
    test(`names ${is}`, async () => {
      await publish(published(lived), deleted);
      const difference = firstOf(await report(), 'copy');
      assert.match(difference?.message ?? 'nothing', says);
      assert.equal(difference?.orderId, of);
      await publish(lived);
    });

  test('names a copy that is missing, and one of another life', async () => {
    await copy.destroy();
    assert.match(firstOf(await report(), 'copy')?.message ?? '', /has no copy of the log/);
    await copy.create(incarnation(newId()));
    assert.match(firstOf(await report(), 'copy')?.message ?? '', /copy is of incarnation/);
    await publish(lived);
  });

  test('names an id that is stored twice, where nothing forbids it any more', async () => {
    const { eventstoredb } = admin;
    await eventstoredb.execute('alter table events drop constraint events_event_id');
    await eventstoredb.execute(
      `update events set event_id = (select event_id from events where position = 1) where position = 2`,
    );
    assert.match(firstOf(await report(), 'effectsOnce')?.message ?? '', /is in the log more than once/);
    await eventstoredb.execute(`update events set event_id = '${lived[1]?.id}' where position = 2`);
    await eventstoredb.execute('alter table events add constraint events_event_id unique (event_id)');
  });

  for (const { is, at, table, statement, breaks, says, of } of [...damages, ...booksDamages])
    test(`names ${is}`, async () => {
      const sql = admin[at];
      await sql.execute(`create table kept as select * from ${table}`);
      try {
        assert((await sql.execute(statement)) > 0, 'the damage was done');
        const difference = firstOf(await report(), breaks);
        assert.match(difference?.message ?? 'nothing', says);
        if (of !== undefined) assert.equal(difference?.orderId, of);
      } finally {
        await sql.execute(`delete from ${table}`);
        await sql.execute(`insert into ${table} select * from kept`);
        await sql.execute('drop table kept');
      }
    });

  test('holds again once everything is repaired', async () => assert.equal((await report()).holds, true));

  test('holds also while the clock of the provider’s database is behind, because it was set back', async () => {
    const move = (way: '+' | '-') =>
      admin.gatewaydb.execute(`update ledger_entries set booked_at = booked_at ${way} interval '1 hour'`);
    await move('+');
    const found = await report();
    await move('-');
    assert.deepEqual([firstOf(found, 'money')?.message, found.holds], [undefined, true]);
  });

  test('does not take work for dropped that is set aside as a dead letter, and lists it', async () => {
    const { workersdb } = admin;
    await workersdb.execute(
      `update worker_marks set position = ${eventCount} where consumer = 'paymentworker-created'`,
    );
    await workersdb.execute(
      `insert into dead_letters (id, consumer, event_id, type, log, position, stream, revision, reason, attempts, state)
       values ($1, 'paymentworker-created', $3, 'ORDERS.created', 'ORDERS', ${eventCount}, $2, 1, 'poison', 1, 'open')`,
      [orderOf(50), orderStream(pending), lived.at(-1)?.id],
    );
    const found = await report();
    assert.equal(found.holds, true);
    assert.match(found.remarks.openDeadLetters.first[0] ?? '', /^paymentworker-created order-/);
    await workersdb.execute(`update dead_letters set state = 'discarded'`);
    const afterwards = await report();
    assert.deepEqual([afterwards.holds, afterwards.remarks.openDeadLetters.count], [true, 0], 'somebody has decided');
  });

  test('knows that orders on their way are no rest', async () => {
    await assert.rejects(verification.awaitRest(0), /2 orders are on their way/);
  });

  test('knows that an order whose deadline passed is no rest, though it waits for a person', async () => {
    await admin.ordersdb.execute(`update orders set status = 'InReview' where status in ('Pending', 'Cancelling')`);
    await verification.awaitRest(0);
    await admin.workersdb.execute(
      `update sagas set due_at = now() - interval '1 second' where next_action = 'deadline' and stream = $1`,
      [orderStream(pending)],
    );
    await assert.rejects(verification.awaitRest(0), /1 order is past a deadline that was not judged yet/);
  });

  test('says that the read model was not checked when it was rebuilt meanwhile, and calls none of it broken', async () => {
    const store = sqlEventStore({ sql: admin.eventstoredb, registry: { types: new Map() }, logger });
    const rebuild = () => rebuildReadModel({ sql: admin.ordersdb, store, log: ordersLog });
    const sources = sqlVerificationSources({ ...admin, appendingRole: 'eventstoresvc' });
    const verifyWhile = async (happens: () => Promise<unknown>) => {
      const rows = async function* (generation: bigint | undefined) {
        await happens();
        yield* sources.rows(generation);
      };
      const found = await verify({
        log: ordersLog,
        sources: { ...sources, rows },
        copy: unreachableCopy('nobody asks it here'),
        clock: systemClock,
      });
      return found.promises.find(({ promise }) => promise === 'readModel');
    };
    await rebuild();
    assert.equal((await verifyWhile(async () => {}))?.verdict, 'holds');
    const line = await verifyWhile(async () => {
      await rebuild();
      await rebuild();
    });
    assert.deepEqual([line?.verdict, line?.first], ['not checked', undefined]);
    await store.close();
  });
});

function firstOf({ promises }: VerificationReport, promise: PromiseName): Difference | undefined {
  return promises.find((line) => line.promise === promise)?.first;
}
