/** Orders to test with: facts by the names that lives are told in, and a store to record them in. */
import {
  type CancelReason,
  type Currency,
  encodeOrderEvent,
  eventId,
  incarnation,
  isCurrency,
  type Money,
  metadataKeys,
  type NewEvent,
  noRevision,
  type OrderCreated,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderId,
  orderSchemaVersion,
  orderStream,
  ordersLog,
  type RecordedEvent,
  typeOfKind,
} from '@eventstream/contracts';
import type { EventAppender, EventFinder, EventReader, EventStore } from '@eventstream/event-store';
import { memoryEventStore } from '@eventstream/event-store/memory';
import { newId, systemClock } from '@eventstream/platform';

/** An amount of dollars, in cents. */
export function usd(minor: bigint): Money {
  return { minor, currency: currencyOf('USD') };
}

/** A currency that must exist. */
export function currencyOf(code: string): Currency {
  if (!isCurrency(code)) throw new Error(`${code} is not a currency`);
  return code;
}

/** The sample order, under an id of its own: two Veg Meals at 200, which is 400.00 dollars. */
export function sampleOrder(change: Partial<OrderCreated> = {}): OrderCreated {
  return {
    kind: 'created',
    orderId: orderId(newId()),
    customerId: 'customer-1',
    restaurantId: 'restaurant-1',
    items: [{ code: 'vm', name: 'Veg Meals', unitPriceMinor: 20_000n, quantity: 2 }],
    amount: usd(40_000n),
    createdOn: '2026-01-01T00:00:00.000Z',
    requestHash: 'ab',
    ...change,
  };
}

/** The facts that can follow the sample order. */
export const facts = {
  debited: { kind: 'paymentDebited', customerId: 'customer-1', amount: usd(40_000n), gatewayReference: 'pay_1' },
  debitedElsewhere: {
    kind: 'paymentDebited',
    customerId: 'customer-1',
    amount: usd(40_000n),
    gatewayReference: null,
  },
  declined: { kind: 'paymentDeclined', code: 'insufficient_funds', message: 'no money' },
  reviewRequested: { kind: 'reviewRequested', rule: 'above 100.00 USD' },
  approved: { kind: 'approved', by: 'policy', reason: 'small' },
  rejected: { kind: 'reviewRejected', by: 'policy', reason: 'not allowed' },
  cancelRequested: { kind: 'cancelRequested', by: 'customer', reason: 'changed my mind' },
  voided: { kind: 'paymentVoided', amount: usd(40_000n) },
  voidedNothing: { kind: 'paymentVoided', amount: usd(0n) },
} as const satisfies Record<string, OrderEvent>;

/** The platform asks for the payment to be closed. */
export const voidRequested = (reason: CancelReason): OrderEvent => ({ kind: 'paymentVoidRequested', reason });
/** The order's other end. */
export const cancelled = (reason: CancelReason): OrderEvent => ({ kind: 'cancelled', reason });

/** An empty store with the log of orders. */
export function memoryOrdersStore(): EventStore & EventFinder {
  return memoryEventStore({
    registry: { types: new Map([[ordersLog, new Set<string>(Object.values(orderEventTypes))]]) },
    clock: systemClock,
    newIncarnation: () => incarnation(newId()),
  });
}

/** A fact as it is appended. */
export function eventOfFact(id: OrderId, fact: OrderEvent): NewEvent {
  return {
    id: eventId(newId()),
    type: typeOfKind(fact.kind),
    data: encodeOrderEvent(id, fact),
    metadata: { [metadataKeys.schemaVersion]: orderSchemaVersion, [metadataKeys.correlationId]: id },
  };
}

/** Appends facts to an order's stream as they are told, legal or not, and answers the last one as it was recorded. */
export async function record(
  store: EventAppender & EventReader,
  id: OrderId,
  ...told: readonly OrderEvent[]
): Promise<RecordedEvent> {
  for (const fact of told) {
    const outcome = await store.append({
      log: ordersLog,
      streams: [{ stream: orderStream(id), expected: 'any', events: [eventOfFact(id, fact)] }],
    });
    if (outcome.kind !== 'appended') throw new Error(`${fact.kind} was not appended: ${outcome.kind}`);
  }
  const last = (await lifeOf(store, id)).at(-1);
  if (!last) throw new Error(`nothing is recorded of order ${id}`);
  return last;
}

/** A store with a paid order, whose debit names the order's creation as its cause, as paymentworker records it. */
export async function storeWithPaidOrder() {
  const store = memoryOrdersStore();
  const order = sampleOrder();
  const created = await record(store, order.orderId, order);
  const debit = await record(store, order.orderId, facts.debited);
  const metadata = { ...debit.metadata, [metadataKeys.causationId]: created.id };
  return { store, orderId: order.orderId, created, debit: { ...debit, metadata } };
}

/** Every event of an order, oldest first. */
export async function lifeOf(reader: EventReader, id: OrderId): Promise<readonly RecordedEvent[]> {
  const page = await reader.readStream(ordersLog, orderStream(id), {
    direction: 'forwards',
    from: noRevision,
    limit: 1_000,
  });
  return page.events;
}
