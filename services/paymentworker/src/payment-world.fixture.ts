/** What the payment handlers are tested in: a log, intents, and a provider with honest books that answers as scripted. */
import assert from 'node:assert/strict';
import type { Money, OrderCreated, OrderEvent, OrderId, RecordedEvent } from '@eventstream/contracts';
import { decodeOrderEvent } from '@eventstream/contracts';
import type { EventStore } from '@eventstream/event-store';
import { createLog } from '@eventstream/platform';
import { lifeOf, memoryOrdersStore, record, sampleOrder, usd } from '@eventstream/testing/orders';
import type { HandlerContext, Outcome } from '@eventstream/worker';
import { debitPayment, type PaymentParts } from './debit-payment.ts';
import { memoryPaymentIntents } from './memory/intents.ts';
import {
  type DebitAnswer,
  GatewayUnreachable,
  type PaymentGateway,
  type PaymentRequest,
  type VoidAnswer,
} from './payment-gateway.ts';
import { voidPayment } from './void-payment.ts';

/** A payer whose payments are declined. */
export const poorPayer = 'customer-without-money';

/** What goes wrong with one call. `before` and `after` the books were changed, without an answer. */
type Fault = 'unknown before' | 'unknown after' | 'unreachable';

interface Page {
  readonly amount: Money;
  status: 'debited' | 'declined' | 'voided';
  taken: bigint;
  givenBack: bigint;
  debits: number;
}

/** A provider in memory that keeps the port's promises; `faults` are used up, one by each call. */
class BookedGateway implements PaymentGateway {
  readonly faults: (Fault | 'none')[] = [];
  readonly calls: string[] = [];
  readonly #pages = new Map<OrderId, Page>();

  /** The key's books: debits ever taken, and money taken and given back. */
  booked(key: OrderId): { readonly debits: number; readonly taken: bigint; readonly givenBack: bigint } {
    const page = this.#pages.get(key);
    return { debits: page?.debits ?? 0, taken: page?.taken ?? 0n, givenBack: page?.givenBack ?? 0n };
  }

  async debit(request: PaymentRequest): Promise<DebitAnswer> {
    return this.#answer('debit', { kind: 'unknown', reason: 'scripted' }, () => {
      const known = this.#pages.get(request.key);
      if (known) return this.#debitAnswer(request.key, known);
      const isPoor = request.payer === poorPayer;
      const page: Page = {
        amount: request.amount,
        status: isPoor ? 'declined' : 'debited',
        taken: isPoor ? 0n : request.amount.minor,
        givenBack: 0n,
        debits: isPoor ? 0 : 1,
      };
      this.#pages.set(request.key, page);
      return this.#debitAnswer(request.key, page);
    });
  }

  async void(request: PaymentRequest): Promise<VoidAnswer> {
    return this.#answer('void', { kind: 'unknown', reason: 'scripted' }, () => {
      const page = this.#pages.get(request.key) ?? {
        amount: request.amount,
        status: 'voided',
        taken: 0n,
        givenBack: 0n,
        debits: 0,
      };
      page.status = 'voided';
      page.givenBack = page.taken;
      this.#pages.set(request.key, page);
      const givenBack = { minor: page.givenBack, currency: request.amount.currency };
      return { kind: 'closed', givenBack, reference: page.debits > 0 ? referenceOf(request.key) : null };
    });
  }

  async lookUp(request: PaymentRequest) {
    return this.#answer('lookUp', { kind: 'unknown' as const, reason: 'scripted' }, () => {
      const page = this.#pages.get(request.key);
      return page ? this.#debitAnswer(request.key, page) : { kind: 'none' as const };
    });
  }

  #debitAnswer(key: OrderId, page: Page): DebitAnswer {
    if (page.status === 'debited') return { kind: 'debited', reference: referenceOf(key) };
    if (page.status === 'voided') return { kind: 'closed' };
    return { kind: 'declined', code: 'insufficient_funds', message: 'no money' };
  }

  #answer<Answer, Unknown>(call: string, unknown: Unknown, book: () => Answer): Answer | Unknown {
    this.calls.push(call);
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'unreachable') throw new GatewayUnreachable('http://gateway', undefined);
    if (fault === 'unknown before') return unknown;
    const answer = book();
    return fault === 'unknown after' ? unknown : answer;
  }
}

/** The provider's number of an order's debit. */
export function referenceOf(key: OrderId): string {
  return `pay_${key}`;
}

/** One order in a log, and the worker's parts around it. */
export interface PaymentWorld {
  readonly order: OrderCreated;
  readonly store: EventStore;
  readonly gateway: BookedGateway;
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

const silent = createLog({ service: 'test', level: 'silent' });

/** The context of this attempt. */
export const contextOf = (attempt: number): HandlerContext => ({
  attempt,
  log: silent,
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
  const gateway = new BookedGateway();
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
