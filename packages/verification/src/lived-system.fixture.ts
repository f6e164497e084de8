/** A sound system on real databases: four orders in different states, and what every part holds about them. */
import assert from 'node:assert/strict';
import {
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
  type RecordedEvent,
} from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { createLogger } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { orderSink } from '@eventstream/read-model/sql';
import { sagaSink } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { facts, lives, newEvents, orderOf, price } from './lives.fixture.ts';

/** The four databases, for somebody who may do everything. */
export type Databases = Record<'eventstoredb' | 'ordersdb' | 'workersdb' | 'gatewaydb', Sql>;

export const logger = createLogger({ service: 'test', level: 'silent' });
/** What happened to which order, in the order in which they were placed. */
export const told = new Map<OrderId, readonly OrderEvent[]>([
  [orderOf(0), lives.approved],
  [orderOf(1), lives.cancelled],
  [orderOf(2), lives.undoing],
  [orderOf(3), lives.pending],
]);
export const [approved, cancelled, undoing, pending] = [orderOf(0), orderOf(1), orderOf(2), orderOf(3)];
/** How many events that makes. */
export const eventCount = [...told.values()].reduce((sum, life) => sum + life.length + 1, 0);

/** The life of the log. */
export async function lifeOf(eventstoredb: Sql): Promise<Incarnation> {
  const [row] = await eventstoredb.query<{ incarnation: string }>('select incarnation from log_heads');
  return incarnation(row?.incarnation);
}

/** Lets the lives happen: the real store, projection and coordinator's sink; intents, books and marks by hand. */
export async function live({
  eventstoredb,
  ordersdb,
  workersdb,
  gatewaydb,
}: Databases): Promise<readonly RecordedEvent[]> {
  const registry = { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) };
  const store = sqlEventStore({ sql: eventstoredb, registry, logger });
  for (const [id, life] of told) {
    const events = newEvents(id, life);
    assert(isNonEmpty(events));
    const written = { stream: orderStream(id), expected: noRevision, events };
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
    `insert into payments (payment_key, status, amount_minor, currency, payer, reference, voided_minor)
     values ($1, $2, $3, $4, 'customer-1', $5, $6)`,
    [id, isVoided ? 'voided' : 'debited', minor, currency, facts.debited.gatewayReference, isVoided ? minor : 0n],
  );
  const book = (movement: 'debit' | 'void', account: string, amount: bigint) =>
    gatewaydb.execute(
      `insert into ledger_entries (payment_key, movement, account, amount_minor, currency) values ($1, $2, $3, $4, $5)`,
      [id, movement, account, amount, currency],
    );
  await book('debit', 'merchant', minor);
  await book('debit', 'payer:customer-1', -minor);
  if (!isVoided) return;
  await book('void', 'merchant', -minor);
  await book('void', 'payer:customer-1', minor);
}
