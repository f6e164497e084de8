/** What the payment handlers are tested in: a log, intents, and a provider with honest books that answers as scripted. */
import assert from 'node:assert/strict';
import { decodeOrderEvent, type OrderCreated, type OrderEvent, type RecordedEvent } from '@eventstream/contracts';
import type { EventStore } from '@eventstream/event-store';
import { createLogger } from '@eventstream/platform';
import { lifeOf, memoryOrdersStore, record, sampleOrder, usd } from '@eventstream/testing/orders';
import type { HandlerContext, Outcome } from '@eventstream/worker';
import { debitPayment } from './debit-payment.ts';
import { MemoryGateway } from './memory/gateway.ts';
import { memoryPaymentIntents } from './memory/intents.ts';
import type { PaymentParts } from './payment-parts.ts';
import { voidPayment } from './void-payment.ts';

/** One order in a log, and the worker's parts around it. */
export interface PaymentWorld {
  readonly order: OrderCreated;
  readonly store: EventStore;
  readonly gateway: MemoryGateway;
  readonly parts: PaymentParts;
  /** Records facts as somebody else, and answers the last event. */
  happens(...facts: readonly OrderEvent[]): Promise<RecordedEvent>;
  /** Delivers the creation to the debit handler. */
  debits(attempt?: number): Promise<Outcome>;
  /** Delivers the last event, a void request, to the void handler. */
  voids(attempt?: number): Promise<Outcome>;
  /** The kinds of what is recorded after the creation. */
  life(): Promise<readonly string[]>;
  /** The fact that was recorded last. */
  last(): Promise<OrderEvent>;
}

const silent = createLogger({ service: 'test', level: 'silent' });

/** The context of this attempt. */
export const contextOf = (attempt: number): HandlerContext => ({
  attempt,
  logger: silent,
  signal: new AbortController().signal,
});

/** The sample order, placed. Parts may be replaced; `ageMs` is how old its creation is by the worker's clock. */
export async function paymentWorld(
  change: {
    readonly payer?: string;
    readonly ageMs?: number;
    readonly wrap?: (parts: PaymentParts) => PaymentParts;
  } = {},
): Promise<PaymentWorld> {
  const store = memoryOrdersStore();
  const order = sampleOrder(change.payer === undefined ? {} : { customerId: change.payer });
  const created = await record(store, order.orderId, order);
  const gateway = new MemoryGateway();
  const whole: PaymentParts = {
    store,
    gateway,
    intents: memoryPaymentIntents(),
    reviewWithinMs: 60_000,
    retryAfterMs: 500,
    clock: { nowMs: () => created.recordedAtMs + (change.ageMs ?? 0) },
  };
  const parts = change.wrap?.(whole) ?? whole;
  const happened = () => lifeOf(store, order.orderId);
  const lastEvent = async (): Promise<RecordedEvent> => {
    const last = (await happened()).at(-1);
    assert(last);
    return last;
  };
  return {
    order,
    store,
    gateway,
    parts,
    happens: (...facts) => record(store, order.orderId, ...facts),
    debits: (attempt = 1) => debitPayment(parts)(created, contextOf(attempt)),
    voids: async (attempt = 1) => {
      const asked = (await happened()).findLast((event) => event.type === 'ORDERS.paymentvoidrequested');
      assert(asked, 'somebody has asked for a void');
      return voidPayment(parts)(asked, contextOf(attempt));
    },
    life: async () => (await happened()).slice(1).map((event) => decodeOrderEvent(event).kind),
    last: async () => decodeOrderEvent(await lastEvent()),
  };
}

/** The sample order's price, in minor units. */
export const price = usd(40_000n);
