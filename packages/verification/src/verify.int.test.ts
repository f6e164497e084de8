import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  isNonEmpty,
  noRevision,
  nowhere,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderStream,
  ordersLog,
} from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { createLog, sqlEventStore } from '@eventstream/event-store/sql';
import { createLog as createLogger, systemClock } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { orderSink } from '@eventstream/read-model/sql';
import { sagaSink } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { testPostgres } from '@eventstream/testing/harness';
import { databasePlans, roleNames } from '../../../services/bootstrapper/src/databases.ts';
import { bootstrapSql, databaseUrl } from '../../../services/bootstrapper/src/sql-bootstrap.ts';
import { facts, lives, newEvents, orderOf, price } from './lives.fixture.ts';
import type { Difference, PromiseName, VerificationReport } from './report.ts';
import { sqlVerificationSources, whatStillMoves } from './sql/index.ts';
import { verify } from './verify.ts';

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
    says: new RegExp(`head is ${events}; there are ${events - 1} events`),
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
    is: 'a doubled debit',
    at: 'gatewaydb',
    table: 'ledger_entries',
    statement: `update ledger_entries set amount_minor = amount_minor * 2 where payment_key = '${approved}'`,
    breaks: 'money',
    says: /took 3800 for an order of 1900/,
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

describe('a verification of real databases', () => {
  const opened: Sql[] = [];
  let admin: Databases;
  let verifier: Databases;

  before(async () => {
    const { server } = await testPostgres();
    const adminUrl = server.url('postgres');
    const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('base64url')]));
    await bootstrapSql({ adminUrl, plans: databasePlans, passwords, log });
    const open = (role?: string): Databases => {
      const one = (database: keyof Databases): Sql => {
        const url = new URL(databaseUrl(adminUrl, database));
        if (role !== undefined) [url.username, url.password] = [role, passwords[role] ?? ''];
        const sql = openSql({ url: url.href, applicationName: 'test', maxConnections: 2, log });
        opened.push(sql);
        return sql;
      };
      return {
        eventstoredb: one('eventstoredb'),
        ordersdb: one('ordersdb'),
        workersdb: one('workersdb'),
        gatewaydb: one('gatewaydb'),
      };
    };
    [admin, verifier] = [open(), open('verifier')];
    await createLog(admin.eventstoredb, ordersLog);
  });

  after(async () => {
    for (const sql of opened) await sql.close();
  });

  const report = (acked?: ReadonlySet<OrderId>): Promise<VerificationReport> =>
    verify({
      log: ordersLog,
      sources: sqlVerificationSources({ ...verifier, appendingRole: 'eventstoresvc' }),
      copy: undefined,
      clock: systemClock,
      ...(acked === undefined ? {} : { acked }),
    });

  test('holds over nothing, before anything has run', async () => {
    const { holds, orders, position } = await report();
    assert.deepEqual({ holds, orders, position }, { holds: true, orders: 0, position: nowhere });
  });

  test('holds over orders in every state, with a role that may only read', async () => {
    await live(admin);
    const found = await report(new Set([approved, pending]));
    const broken = found.promises.flatMap(({ first }) => first ?? []);
    assert.deepEqual(broken, []);
    assert.equal(found.orders, told.size);
    assert.equal(found.position, events);
    assert.equal(found.remarks.unfinishedOrders.count, 2);
    const { debited, voided, approved: kept, inFlight } = found.money.get('USD') ?? {};
    assert.deepEqual([debited, voided, kept, inFlight], [5700n, 1900n, 1900n, 1900n]);
    const copy = found.promises.find(({ promise }) => promise === 'copy');
    assert.equal(copy?.verdict, 'not checked');
  });

  test('names an acknowledged order that is not stored', async () => {
    const difference = firstOf(await report(new Set([approved, orderOf(99)])), 'acked');
    assert.equal(difference?.orderId, orderOf(99));
  });

  test('names a right that the appending role must not have', async () => {
    await admin.eventstoredb.execute('grant update on events to eventstoresvc');
    const difference = firstOf(await report(), 'appendOnly');
    await admin.eventstoredb.execute('revoke update on events from eventstoresvc');
    assert.match(difference?.message ?? '', /eventstoresvc may update events/);
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
      assert.equal((await report()).holds, true, 'repaired');
    });

  test('does not take work for dropped that is set aside as a dead letter, and lists it', async () => {
    const { workersdb } = admin;
    await workersdb.execute(`update worker_marks set position = ${events} where consumer = 'paymentworker-created'`);
    await workersdb.execute(
      `insert into dead_letters (id, consumer, event_id, type, log, position, stream, revision, reason, attempts, state)
       values ($1, 'paymentworker-created', $1, 'ORDERS.created', 'ORDERS', ${events}, $2, 1, 'poison', 1, 'open')`,
      [orderOf(50), orderStream(pending)],
    );
    const found = await report();
    assert.equal(found.holds, true);
    assert.match(found.remarks.openDeadLetters.first[0] ?? '', /^paymentworker-created order-/);
    await workersdb.execute(`update dead_letters set state = 'discarded'`);
    const afterwards = await report();
    assert.deepEqual([afterwards.holds, afterwards.remarks.openDeadLetters.count], [true, 0], 'somebody has decided');
  });

  test('knows that orders on their way are no rest', async () => {
    assert.match((await whatStillMoves(verifier)) ?? '', /2 orders are on their way/);
  });
});

function firstOf({ promises }: VerificationReport, promise: PromiseName): Difference | undefined {
  return promises.find((line) => line.promise === promise)?.first;
}

/** Lets the lives happen: the real store, projection and coordinator's sink; intents, books and marks by hand. */
async function live({ eventstoredb, ordersdb, workersdb, gatewaydb }: Databases): Promise<void> {
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
