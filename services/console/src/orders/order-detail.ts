/** Everything about one order, from everybody who knows something of it. Whoever does not answer is named, and left out. */
import {
  noRevision,
  type OrderEvent,
  type OrderId,
  orderStream,
  ordersLog,
  type StreamName,
} from '@eventstream/contracts';
import { decide, hasEnded, type Order } from '@eventstream/domain';
import { type EventReader, pageEventsMax } from '@eventstream/event-store';
import { messageOf } from '@eventstream/platform';
import type { OrderView } from '@eventstream/read-model';
import { Problem } from '@eventstream/service-kit';
import type { DeadLetter } from '../api/dead-letters.ts';
import type { Allowed, OrderDetail, Payment, WaitingWork } from '../api/orders.ts';
import type { Saga } from '../api/sagas.ts';
import { traceOf } from '../log/event-answer.ts';
import { moneyAnswer } from '../money-answer.ts';
import { consoleProblems } from '../problems.ts';
import { amount, foldLife, type SagaRules, stateAnswer } from './order-fold.ts';

/** Who knows something of an order. Each may reject. */
export interface OrderSources {
  readonly store: EventReader;
  readonly row: (id: OrderId) => Promise<OrderView | undefined>;
  readonly saga: (stream: StreamName) => Promise<Saga | null>;
  readonly intent: (id: OrderId) => Promise<Payment['intent']>;
  readonly provider: (id: OrderId) => Promise<Pick<Payment, 'provider' | 'ledger'>>;
  readonly letters: (stream: StreamName) => Promise<readonly DeadLetter[]>;
  readonly waiting: (stream: StreamName) => Promise<readonly WaitingWork[]>;
  readonly rules: SagaRules;
  /** Base of ordersvc's API, for lines to copy. */
  readonly ordersUrl: string;
}

/** Of a longer life the last ones are shown. */
const stepsShownMax = 200;

/** The order, or a problem when the log has none of this id. */
export async function orderDetail(sources: OrderSources, id: OrderId): Promise<OrderDetail | Problem> {
  const stream = orderStream(id);
  const page = await sources.store.readStream(ordersLog, stream, {
    direction: 'forwards',
    from: noRevision,
    limit: pageEventsMax,
  });
  const [first] = page.events;
  if (first === undefined) return new Problem(consoleProblems.orderNotFound, `the log has no order ${id}`);
  const { steps, order } = foldLife(page.events, sources.rules, stepsShownMax);
  const missing: string[] = page.atEnd ? [] : [`events after the first ${pageEventsMax}: read them in the log`];
  const ask = async <T>(what: string, answer: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      missing.push(`${what}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const [row, saga, payment, deadLetters, waiting] = await Promise.all([
    ask('the read model', sources.row(id), undefined),
    ask('the saga', sources.saga(stream), null),
    paymentOf(sources, id),
    ask('dead letters', sources.letters(stream), []),
    ask('waiting work', sources.waiting(stream), []),
  ]);
  const last = page.events.at(-1) ?? first;
  return {
    ...placedAnswer(order, id),
    revision: last.revision,
    state: order === undefined || order.status === 'none' ? null : stateAnswer(order),
    steps: [...steps],
    stepsLeftOut: page.events.length - steps.length,
    saga,
    payment,
    deadLetters: [...deadLetters],
    waiting: [...waiting],
    readModel: readModelAnswer(row, last.revision),
    trace: page.events.map(traceOf).find((trace) => trace !== undefined) ?? null,
    actions: actionsOf(order),
    curl: curlLines(sources.ordersUrl, id),
    missing,
  };
}

/** What the order was when it was placed; of a damaged one, only its id is known. */
function placedAnswer(order: Order | undefined, id: OrderId) {
  if (order === undefined || order.status === 'none')
    return {
      orderId: id,
      customerId: '',
      restaurantId: '',
      items: [],
      amount: moneyAnswer(0n, ''),
      createdOn: '',
    };
  const { details } = order;
  return {
    orderId: id,
    customerId: details.customerId,
    restaurantId: details.restaurantId,
    items: details.items.map(({ code, name, unitPriceMinor, quantity }) => ({
      code,
      name,
      unitPrice: moneyAnswer(unitPriceMinor, details.amount.currency),
      quantity,
    })),
    amount: amount(details.amount),
    createdOn: details.createdOn,
  };
}

async function paymentOf(sources: OrderSources, id: OrderId): Promise<Payment> {
  const troubles: string[] = [];
  const note = (what: string) => (error: unknown) => {
    troubles.push(`${what}: ${messageOf(error)}`);
    return undefined;
  };
  const [intent, provider] = await Promise.all([
    sources.intent(id).catch(note('the payment’s intent cannot be read')),
    sources.provider(id).catch(note('the provider does not say')),
  ]);
  return {
    intent: intent ?? null,
    provider: provider?.provider ?? null,
    ledger: provider?.ledger ?? [],
    trouble: troubles.length === 0 ? null : `${troubles.join('; ')}.`,
  };
}

function readModelAnswer(row: OrderView | undefined, revision: number): OrderDetail['readModel'] {
  if (row === undefined) return { state: 'missing', revision: null };
  const state = row.stale ? 'parked' : row.revision < revision ? 'behind' : 'current';
  return { state, revision: row.revision };
}

/** What may be done now, by the rules that ordersvc will apply; it has the last word. */
function actionsOf(order: Order | undefined): OrderDetail['actions'] {
  const by = 'operator';
  return {
    cancel: allowedBy(order, { kind: 'cancelRequested', by, reason: '' }, 'it is being cancelled already'),
    approve: allowedBy(order, { kind: 'approved', by, reason: '' }, 'it is approved already'),
    reject: allowedBy(order, { kind: 'reviewRejected', by, reason: '' }, 'it is rejected already'),
  };
}

function allowedBy(order: Order | undefined, wish: OrderEvent, already: string): Allowed {
  if (order === undefined) return { isAllowed: false, why: 'its events cannot be read: run `npx eventstream verify`' };
  const decision = decide(order, wish);
  switch (decision.kind) {
    case 'event':
      return { isAllowed: true, why: null };
    case 'already':
      return { isAllowed: false, why: hasEnded(order) ? `it is ${order.status} already` : already };
    case 'rejected':
      return { isAllowed: false, why: decision.rejection.message };
  }
}

/** Lines for a terminal. There is nothing in them but our own address and a uuid. */
function curlLines(ordersUrl: string, id: OrderId): OrderDetail['curl'] {
  const post = (what: string, body: unknown): string =>
    `curl -i ${ordersUrl}/api/orders/${id}/${what} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  return {
    get: `curl ${ordersUrl}/api/orders/${id}`,
    events: `curl ${ordersUrl}/api/orders/${id}/events`,
    cancel: post('cancel', { reason: 'why', by: 'operator' }),
    approve: post('review', { decision: 'approve', reason: 'why' }),
    reject: post('review', { decision: 'reject', reason: 'why' }),
  };
}
