/** Every kind of damage that a verification has to name: how it is done, and what must be said. */
import {
  eventId,
  type OrderId,
  orderEventTypes,
  orderStream,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { approved, cancelled, type Databases, eventCount, pending, undoing } from './lived-system.fixture.ts';
import { orderOf, price } from './lives.fixture.ts';
import type { PromiseName } from './report.ts';

/** A planted damage: where, by which statement, and what verify must say. */
export interface Damage {
  readonly is: string;
  readonly at: keyof Databases;
  readonly table: string;
  readonly statement: string;
  readonly breaks: PromiseName;
  readonly says: RegExp;
  readonly of?: OrderId;
}

/** Damage that a statement does. */
export const damages: readonly Damage[] = [
  {
    is: 'a missing event',
    at: 'eventstoredb',
    table: 'events',
    statement: 'delete from events where position = 2',
    breaks: 'dense',
    says: new RegExp(`head is ${eventCount}; there are ${eventCount - 1} events .* the first that is missing is 2`),
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
    is: 'an altered debit in a row',
    at: 'ordersdb',
    table: 'orders',
    statement: `update orders set debited_minor = 1 where orderid = '${pending}'`,
    breaks: 'readModel',
    says: /debited amount \(1, not 0\) differs/,
    of: pending,
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
    statement: `update worker_marks set position = ${eventCount} where consumer = 'paymentworker-created'`,
    breaks: 'nothingDropped',
    says: /without debiting or declining/,
    of: pending,
  },
  {
    is: 'a void that was passed over',
    at: 'workersdb',
    table: 'worker_marks',
    statement: `update worker_marks set position = ${eventCount} where consumer = 'paymentworker-paymentvoidrequested'`,
    breaks: 'nothingDropped',
    says: /without closing the payment/,
    of: undoing,
  },
];

/** A planted damage of the broker's copy: what was published in place of the log's events. */
export interface CopyDamage {
  readonly is: string;
  readonly published: (events: readonly RecordedEvent[]) => readonly RecordedEvent[];
  /** Positions that are deleted at the broker afterwards. */
  readonly deleted?: readonly number[];
  readonly says: RegExp;
  readonly of?: OrderId;
}

const third = (change: (event: RecordedEvent) => Partial<RecordedEvent>) => (lived: readonly RecordedEvent[]) =>
  lived.map((event) => (event.position === 3 ? { ...event, ...change(event) } : event));

/** Damage at the broker. */
export const copyDamages: readonly CopyDamage[] = [
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
      ...lived.slice(-1).map((event) => ({ ...event, id: eventId(newId()), position: position(eventCount + 1) })),
    ],
    says: new RegExp(`last sequence ${eventCount + 1} is beyond the log's head ${eventCount}`),
  },
];
