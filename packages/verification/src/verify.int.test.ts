import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  eventId,
  type Incarnation,
  incarnation,
  isNonEmpty,
  noRevision,
  nowhere,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderStream,
  ordersLog,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { createLog, sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, type JetStreamLogCopy, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { createLog as createLogger, newId } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { orderSink } from '@eventstream/read-model/sql';
import { sagaSink } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { ownNats, testPostgres } from '@eventstream/testing/harness';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { databasePlans, roleNames } from '../../../services/bootstrapper/src/databases.ts';
import { bootstrapSql, databaseUrl } from '../../../services/bootstrapper/src/sql-bootstrap.ts';
import { facts, lives, newEvents, orderOf, price } from './lives.fixture.ts';
import type { Difference, PromiseName, VerificationReport } from './report.ts';
import { openVerification, type SystemVerification } from './system/index.ts';

type Databases = Record<'eventstoredb' | 'ordersdb' | 'workersdb' | 'gatewaydb', Sql>;

const log = createLogger({ service: 'test', level: 'silent' });
const told = new Map<OrderId, readonly OrderEvent[]>([
  [orderOf(0), lives.approved],
  [orderOf(1), lives.cancelled],
  [orderOf(2), lives.undoing],
  [orderOf(3), lives.pending],
]);
const [approved, cancelled, undoing, pending] = [orderOf(0), orderOf(1), orderOf(2), orderOf(3)];
const events = [...told.values()].reduce((sum, life) => sum + life.length + 1, 0);

/** A planted damage: where, by which statement, and what verify must say. */
interface Damage {
  readonly is: string;
  readonly at: keyof Databases;
  readonly table: string;
  readonly statement: string;
  readonly breaks: PromiseName;
  readonly says: RegExp;
  readonly of?: OrderId;
}

const damages: readonly Damage[] = [
  {
    is: 'a missing event',
    at: 'eventstoredb',
    table: 'events',
    statement: 'delete from events where position = 2',
    breaks: 'dense',
    says: new RegExp(`head is ${events}; there are ${events - 1} events .* the first that is missing is 2`),
  },
  {
    is: 'a hole in a stream',
    at: 'eventstoredb',
    table: 'events',
    statement: 'delete from events where position = 2',
    breaks: 'streams',
    says: /revision 3 where 2 belongs/,
    of: approved,
  },
  {
    is: 'an event that was changed into another',
    at: 'eventstoredb',
    table: 'events',
    statement: `update events set type = '${orderEventTypes.cancelled}' where position = 3`,
    breaks: 'lives',
    says: /position 3/,
    of: approved,
  },
  {
    is: 'an effect that happened twice',
    at: 'eventstoredb',
    table: 'events',
    statement: `update events set type = '${orderEventTypes.paymentDebited}',
                  metadata = (select metadata from events where position = 2) where position = 3`,
    breaks: 'effectsOnce',
    says: /caused ORDERS.paymentdebited more than once/,
    of: approved,
  },
  {
    is: 'an effect under an id of its own',
    at: 'eventstoredb',
    table: 'events',
    statement: `update events set event_id = '${orderOf(70)}' where position = 2`,
    breaks: 'effectsOnce',
    says: /the id of ORDERS.paymentdebited at position 2 is not made from its cause/,
    of: approved,
  },
  {
    is: 'an event whose data was changed',
    at: 'eventstoredb',
    table: 'events',
    statement: `update events set data = replace(convert_from(data, 'UTF8'), 'policy', 'nobody')::bytea where position = 3`,
    breaks: 'copy',
    says: /other bytes at the broker/,
    of: approved,
  },
  {
    is: 'a doubled debit',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `update ledger_entries set amount_minor = amount_minor * 2 where payment_key = '${approved}'`,
    breaks: 'money',
    says: /took 3800 for an order of 1900/,
    of: approved,
  },
  {
    is: 'a payment of another amount',
    at: 'gatewaydb',
    table: 'payments',
    statement: `update payments set amount_minor = 1 where payment_key = '${approved}'`,
    breaks: 'money',
    says: /payment is of 1 USD, the order of 1900/,
    of: approved,
  },
  {
    is: 'a payment that the provider says it gave back',
    at: 'gatewaydb',
    table: 'payments',
    statement: `update payments set status = 'voided', voided_minor = amount_minor where payment_key = '${approved}'`,
    breaks: 'money',
    says: /voided; its entries are 1900 taken and 0 given back/,
    of: approved,
  },
  {
    is: 'a debit that the provider lost',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `delete from ledger_entries where payment_key = '${approved}'`,
    breaks: 'money',
    says: /the log says 1900 taken/,
    of: approved,
  },
  {
    is: 'a wrong amount on one side of the books',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `update ledger_entries set amount_minor = -1 where payment_key = '${cancelled}' and account = 'merchant' and movement = 'void'`,
    breaks: 'money',
    says: /sum to 1899, not 0/,
    of: cancelled,
  },
  {
    is: 'an order that the payment worker was told of and the log has lost',
    at: 'workersdb',
    table: 'payment_intents',
    statement: `insert into payment_intents (order_id, amount_minor, currency, payer, state)
                select '${orderOf(98)}', amount_minor, currency, payer, state from payment_intents where order_id = '${approved}'`,
    breaks: 'acked',
    says: /the payment worker knows the order, and the log does not have it/,
    of: orderOf(98),
  },
  {
    is: 'money for an order that the log does not have',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `insert into ledger_entries select '${orderOf(99)}', movement, account, amount_minor, currency, booked_at
                from ledger_entries where payment_key = '${approved}'`,
    breaks: 'money',
    says: /an order that the log does not have/,
    of: orderOf(99),
  },
  {
    is: 'a missing row',
    at: 'ordersdb',
    table: 'orders',
    statement: `delete from orders where orderid = '${approved}'`,
    breaks: 'readModel',
    says: /has no row/,
    of: approved,
  },
  {
    is: 'an altered row',
    at: 'ordersdb',
    table: 'orders',
    statement: `update orders set amount_minor = 1 where orderid = '${approved}'`,
    breaks: 'readModel',
    says: /amount differs/,
    of: approved,
  },
  {
    is: 'an altered item',
    at: 'ordersdb',
    table: 'orderitems',
    statement: `update orderitems set quantity = 3 where orderid = '${pending}'`,
    breaks: 'readModel',
    says: /items differs/,
    of: pending,
  },
  {
    is: 'a stale read model',
    at: 'ordersdb',
    table: 'orders',
    statement: `update orders set status = 'PaymentDebited', revision = 2, position = 2 where orderid = '${approved}'`,
    breaks: 'readModel',
    says: /at revision 2; the read model has passed revision 3/,
    of: approved,
  },
  {
    is: 'a row that is parked without a dead letter',
    at: 'ordersdb',
    table: 'orders',
    statement: `update orders set status = 'PaymentDebited', revision = 2, position = 2, stale = true where orderid = '${approved}'`,
    breaks: 'readModel',
    says: /stale, and no dead letter says why/,
    of: approved,
  },
  {
    is: 'a row of an order that nobody placed',
    at: 'ordersdb',
    table: 'orders',
    statement: `insert into orders select generation, '${orderOf(97)}', customerid, restaurantid, amount_minor, currency, status, reason,
                  createdon, payment, debited_minor, revision, position, created_position, stale from orders where orderid = '${approved}'`,
    breaks: 'acked',
    says: /the read model knows the order, and the log does not have it/,
    of: orderOf(97),
  },
  {
    is: 'a read model of another life of the log',
    at: 'ordersdb',
    table: 'projections',
    statement: 'update projections set position = 1000',
    breaks: 'readModel',
    says: /at 1000, beyond the log's head/,
  },
  {
    is: 'a lost deadline',
    at: 'workersdb',
    table: 'sagas',
    statement: `update sagas set next_action = null where stream = '${orderStream(pending)}'`,
    breaks: 'nothingDropped',
    says: /neither a deadline nor an action/,
    of: pending,
  },
  {
    is: 'a deadline that was put off',
    at: 'workersdb',
    table: 'sagas',
    statement: `update sagas set due_at = due_at + interval '1 day' where stream = '${orderStream(pending)}'`,
    breaks: 'nothingDropped',
    says: /deadline of payment is due at .*; the log says/,
    of: pending,
  },
  {
    is: 'a deadline that nobody will look at',
    at: 'workersdb',
    table: 'sagas',
    statement: `update sagas set try_at = null where stream = '${orderStream(pending)}'`,
    breaks: 'nothingDropped',
    says: /neither a deadline nor an action/,
    of: pending,
  },
  {
    is: 'a coordinator that has read another life of the log',
    at: 'workersdb',
    table: 'saga_checkpoints',
    statement: `update saga_checkpoints set incarnation = '${orderOf(77)}'`,
    breaks: 'nothingDropped',
    says: /the saga coordinator has read incarnation/,
  },
  {
    is: 'a mark beyond the head',
    at: 'workersdb',
    table: 'worker_marks',
    statement: `update worker_marks set position = 1000 where consumer = 'reviewworker-paymentdebited'`,
    breaks: 'nothingDropped',
    says: /reviewworker-paymentdebited is at 1000, beyond the log's head/,
  },
  {
    is: 'an intent of another amount',
    at: 'workersdb',
    table: 'payment_intents',
    statement: `update payment_intents set amount_minor = 1 where order_id = '${approved}'`,
    breaks: 'money',
    says: /meant to take 1 USD/,
    of: approved,
  },
  {
    is: 'a debit that only the payment worker has noted',
    at: 'workersdb',
    table: 'payment_intents',
    statement: `insert into payment_intents (order_id, amount_minor, currency, payer, state, settled_at)
                values ('${pending}', ${price.minor}, '${price.currency}', 'customer-1', 'debited', '2026-01-01')`,
    breaks: 'money',
    says: /noted a debit, and the log does not have it/,
    of: pending,
  },
  {
    is: 'a dead letter of an event that the log does not have',
    at: 'workersdb',
    table: 'dead_letters',
    statement: `insert into dead_letters (id, consumer, event_id, type, log, position, stream, revision, reason, attempts, state)
                values ('${orderOf(60)}', 'some-consumer', '${orderOf(61)}', 'ORDERS.created', 'ORDERS', 2, '${orderStream(orderOf(62))}', 1, 'x', 1, 'open')`,
    breaks: 'nothingDropped',
    says: /some-consumer has set event .* aside, which the log does not have/,
    of: orderOf(62),
  },
  {
    is: 'a lost saga',
    at: 'workersdb',
    table: 'sagas',
    statement: `delete from sagas where stream = '${orderStream(undoing)}'`,
    breaks: 'nothingDropped',
    says: /keeps no saga/,
    of: undoing,
  },
  {
    is: 'a payment that was passed over',
    at: 'workersdb',
    table: 'worker_marks',
    statement: `update worker_marks set position = ${events} where consumer = 'paymentworker-created'`,
    breaks: 'nothingDropped',
    says: /without debiting or declining/,
    of: pending,
  },
  {
    is: 'a void that was passed over',
    at: 'workersdb',
    table: 'worker_marks',
    statement: `update worker_marks set position = ${events} where consumer = 'paymentworker-paymentvoidrequested'`,
    breaks: 'nothingDropped',
    says: /without closing the payment/,
    of: undoing,
  },
];

/** A planted damage of the broker's copy: what was published in place of the log's events. */
interface CopyDamage {
  readonly is: string;
  readonly published: (events: readonly RecordedEvent[]) => readonly RecordedEvent[];
  /** Positions that are deleted at the broker afterwards. */
  readonly deleted?: readonly number[];
  readonly says: RegExp;
  readonly of?: OrderId;
}

const third = (change: (event: RecordedEvent) => Partial<RecordedEvent>) => (lived: readonly RecordedEvent[]) =>
  lived.map((event) => (event.position === 3 ? { ...event, ...change(event) } : event));

const copyDamages: readonly CopyDamage[] = [
  {
    is: 'a hole in the copy',
    published: (lived) => lived,
    deleted: [3],
    says: /around 3 and not this one/,
    of: approved,
  },
  {
    is: 'another id at a sequence',
    published: third(() => ({ id: eventId(newId()) })),
    says: /the broker has event .* where the log has/,
    of: approved,
  },
  {
    is: 'an altered body',
    published: third(() => ({ data: Buffer.from('{"by":"somebody"}') })),
    says: /other bytes at the broker/,
    of: approved,
  },
  {
    is: 'an altered header',
    published: third(({ metadata }) => ({ metadata: { ...metadata, actor: 'somebody' } })),
    says: /another time or other metadata/,
    of: approved,
  },
  {
    is: 'a message that the log does not have',
    published: (lived) => [
      ...lived,
      ...lived.slice(-1).map((event) => ({ ...event, id: eventId(newId()), position: position(events + 1) })),
    ],
    says: new RegExp(`last sequence ${events + 1} is beyond the log's head ${events}`),
  },
];

describe('a verification of real databases and a real broker', () => {
  const opened: Sql[] = [];
  let admin: Databases;
  let connection: NatsConnection;
  let copy: JetStreamLogCopy;
  let verification: SystemVerification;
  let lived: readonly RecordedEvent[] = [];

  before(async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('base64url')]));
    await bootstrapSql({ adminUrl, plans: databasePlans, passwords, log });
    const one = (database: keyof Databases): Sql => {
      const sql = openSql({ url: databaseUrl(adminUrl, database), applicationName: 'test', maxConnections: 2, log });
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
    connection = await connectNats({ url: nats.url, name: 'test', log });
    copy = await openJetStreamLogCopy({ connection, log: ordersLog });
    verification = openVerification({
      databaseUrl(database) {
        const url = new URL(databaseUrl(adminUrl, database));
        [url.username, url.password] = ['verifier', passwords['verifier'] ?? ''];
        return url.href;
      },
      natsUrl: () => nats.url,
      applicationName: 'verify',
      log,
    });
  });

  after(async () => {
    await verification.close();
    await connection.close();
    for (const sql of opened) await sql.close();
  });

  const report = (acked?: ReadonlySet<OrderId>): Promise<VerificationReport> =>
    verification.verify(acked === undefined ? {} : { acked });

  /** Puts these events into a broker that had none, at their positions. */
  async function publish(lived: readonly RecordedEvent[], deleted: readonly number[] = []): Promise<void> {
    const { incarnation } = await headOf(admin.eventstoredb);
    const manager = await jetstreamManager(connection);
    await copy.destroy();
    await copy.create(incarnation);
    if (deleted.length > 0) {
      const { config } = await manager.streams.info(ordersLog);
      await manager.streams.delete(ordersLog);
      await manager.streams.add({ ...config, deny_delete: false });
    }
    assert.equal((await copy.publish(lived, incarnation)).kind, 'published');
    for (const at of deleted) await manager.streams.deleteMessage(ordersLog, at);
  }

  test('holds over nothing, before anything has run', async () => {
    const { holds, orders, position } = await report();
    assert.deepEqual({ holds, orders, position }, { holds: true, orders: 0, position: nowhere });
  });

  test('holds over orders in every state, with a role that may only read', async () => {
    lived = await live(admin);
    await publish(lived);
    const found = await report(new Set([approved, pending]));
    const broken = found.promises.flatMap(({ first }) => first ?? []);
    assert.deepEqual(broken, []);
    assert.equal(found.orders, told.size);
    assert.equal(found.position, events);
    assert.equal(found.remarks.unfinishedOrders.count, 2);
    const { debited, voided, approved: kept, inFlight } = found.money.get('USD') ?? {};
    assert.deepEqual([debited, voided, kept, inFlight], [5700n, 1900n, 1900n, 1900n]);
    const copied = found.promises.find(({ promise }) => promise === 'copy');
    assert.deepEqual([copied?.verdict, copied?.examined], ['holds', events]);
  });

  test('names an acknowledged order that is not stored', async () => {
    const difference = firstOf(await report(new Set([approved, orderOf(99)])), 'acked');
    assert.equal(difference?.orderId, orderOf(99));
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

  for (const { is, at, table, statement, breaks, says, of } of damages)
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

  test('does not take work for dropped that is set aside as a dead letter, and lists it', async () => {
    const { workersdb } = admin;
    await workersdb.execute(`update worker_marks set position = ${events} where consumer = 'paymentworker-created'`);
    await workersdb.execute(
      `insert into dead_letters (id, consumer, event_id, type, log, position, stream, revision, reason, attempts, state)
       values ($1, 'paymentworker-created', $3, 'ORDERS.created', 'ORDERS', ${events}, $2, 1, 'poison', 1, 'open')`,
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
});

function firstOf({ promises }: VerificationReport, promise: PromiseName): Difference | undefined {
  return promises.find((line) => line.promise === promise)?.first;
}

async function headOf(eventstoredb: Sql): Promise<{ incarnation: Incarnation }> {
  const [row] = await eventstoredb.query<{ incarnation: string }>('select incarnation from log_heads');
  return { incarnation: incarnation(row?.incarnation) };
}

/** Lets the lives happen: the real store, projection and coordinator's sink; intents, books and marks by hand. */
async function live({ eventstoredb, ordersdb, workersdb, gatewaydb }: Databases): Promise<readonly RecordedEvent[]> {
  const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
  const store = sqlEventStore({ sql: eventstoredb, registry, logger: log });
  for (const [id, life] of told) {
    const lived = newEvents(id, life);
    assert(isNonEmpty(lived));
    const written = { stream: orderStream(id), expected: noRevision, events: lived };
    const outcome = await store.append({ log: ordersLog, streams: [written] });
    assert.equal(outcome.kind, 'appended');
    if (life.includes(facts.debited)) await pay({ workersdb, gatewaydb }, id, life.includes(facts.voided));
  }
  const page = await store.readLog(ordersLog, nowhere, { limit: 1000 });
  await store.close();
  const sagas = sagaSink({
    name: 'sagacoordinator',
    definition: fulfilment(fulfilmentDefaults),
    store: sqlSagaStore({ sql: workersdb, saga: 'fulfilment', log: ordersLog }),
    undoStuckAfterMs: 300_000,
  });
  for (const sink of [orderSink(ordersdb), sagas]) {
    await sink.checkpoint();
    assert.deepEqual(await sink.apply(page.events, page.incarnation), { kind: 'committed' });
  }
  for (const consumer of ['paymentworker-created', 'paymentworker-paymentvoidrequested', 'reviewworker-paymentdebited'])
    await workersdb.execute('insert into worker_marks (consumer, log, position, incarnation) values ($1, $2, 3, $3)', [
      consumer,
      ordersLog,
      page.incarnation,
    ]);
  return page.events;
}

async function pay(
  { workersdb, gatewaydb }: Pick<Databases, 'workersdb' | 'gatewaydb'>,
  id: OrderId,
  isVoided: boolean,
) {
  const { minor, currency } = price;
  await workersdb.execute(
    `insert into payment_intents (order_id, amount_minor, currency, payer, state) values ($1, $2, $3, 'customer-1', $4)`,
    [id, minor, currency, isVoided ? 'closed' : 'debited'],
  );
  await gatewaydb.execute(
    `insert into payments (payment_key, status, amount_minor, currency, payer, voided_minor)
     values ($1, $2, $3, $4, 'customer-1', $5)`,
    [id, isVoided ? 'voided' : 'debited', minor, currency, isVoided ? minor : 0n],
  );
  const book = (movement: 'debit' | 'void', account: string, amount: bigint) =>
    gatewaydb.execute(
      `insert into ledger_entries (payment_key, movement, account, amount_minor, currency) values ($1, $2, $3, $4, $5)`,
      [id, movement, account, amount, currency],
    );
  await book('debit', 'merchant', minor);
  await book('debit', 'payer', -minor);
  if (!isVoided) return;
  await book('void', 'merchant', -minor);
  await book('void', 'payer', minor);
}
