/** Lives of orders, and what every part of a sound system holds about them: the ground that tests plant damage in. */
import assert from 'node:assert/strict';
import {
  encodeOrderEvent,
  eventId,
  metadataKeys,
  type NewEvent,
  type OrderEvent,
  type OrderId,
  orderEventTypes,
  orderId,
  orderSchemaVersion,
  orderStream,
  ordersLog,
  position,
  type RecordedEvent,
  revision,
} from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { derivedId, idOf } from '@eventstream/platform';
import { debitedMinor, type FoldedOrder, foldOne } from '@eventstream/read-model';
import { rowOfStream } from '@eventstream/saga';
import { sampleOrder, usd } from '@eventstream/testing/orders';
import type { PaymentEvidence, Progress, RowEvidence, StreamEvidence } from './evidence.ts';

/** What every order here costs. */
export const price = usd(1_900n);

/** The order of this number. */
export function orderOf(number: number): OrderId {
  return orderId(idOf('order', String(number)));
}

const created = (id: OrderId): OrderEvent =>
  sampleOrder({
    orderId: id,
    items: [{ code: 'pizza', name: 'Pizza', unitPriceMinor: 950n, quantity: 2 }],
    amount: price,
  });

/** Facts by the names that lives are told in. */
export const facts = {
  debited: { kind: 'paymentDebited', customerId: 'customer-1', amount: price, gatewayReference: 'g-1' },
  approved: { kind: 'approved', by: 'policy', reason: '' },
  rejected: { kind: 'reviewRejected', by: 'policy', reason: '' },
  voidRequested: { kind: 'paymentVoidRequested', reason: 'review_rejected' },
  voided: { kind: 'paymentVoided', amount: price },
  cancelled: { kind: 'cancelled', reason: 'review_rejected' },
} as const satisfies Record<string, OrderEvent>;

/** The lives that the tests use. */
export const lives = {
  approved: [facts.debited, facts.approved],
  cancelled: [facts.debited, facts.rejected, facts.voidRequested, facts.voided, facts.cancelled],
  undoing: [facts.debited, facts.rejected, facts.voidRequested],
  pending: [],
} as const satisfies Record<string, readonly OrderEvent[]>;

/** Whoever records this fact in the running system, and the step that its id is made of. */
function actorOf({ kind }: OrderEvent): string {
  if (kind === 'paymentVoidRequested' || kind === 'cancelled') return 'sagacoordinator';
  return kind === 'approved' || kind === 'reviewRejected' ? 'reviewworker' : 'paymentworker';
}

function stepOf(fact: OrderEvent): string {
  if (actorOf(fact) !== 'sagacoordinator') return fact.kind;
  return fact.kind === 'cancelled' ? 'fulfilment:end' : 'fulfilment:payment';
}

const startsAStep = ({ kind }: OrderEvent): boolean => kind === 'created' || kind === 'paymentDebited';

/** The events of an order's life as they are appended: created, then these, each caused by the one before. */
export function newEvents(id: OrderId, life: readonly OrderEvent[]): NewEvent[] {
  let cause = eventId(idOf('created', id));
  return [created(id), ...life].map((fact, index) => {
    const own = index === 0 ? cause : eventId(derivedId(cause, stepOf(fact)));
    const metadata = {
      [metadataKeys.schemaVersion]: orderSchemaVersion,
      [metadataKeys.correlationId]: id,
      ...(index === 0 ? {} : { [metadataKeys.causationId]: cause, [metadataKeys.actor]: actorOf(fact) }),
      ...(startsAStep(fact) ? { [metadataKeys.withinMs]: '300000' } : {}),
    };
    cause = own;
    return { id: own, type: orderEventTypes[fact.kind], data: encodeOrderEvent(id, fact), metadata };
  });
}

/** The same events recorded at positions from 1 on. */
export function recordedLife(id: OrderId, life: readonly OrderEvent[]): RecordedEvent[] {
  return newEvents(id, life).map((event, index) => ({
    ...event,
    log: ordersLog,
    position: position(index + 1),
    stream: orderStream(id),
    revision: revision(index + 1),
    recordedAtMs: 1_700_000_000_000 + index,
  }));
}

/** The read model's fold of these events. */
export function foldAll(events: readonly RecordedEvent[]): FoldedOrder | undefined {
  let folded: FoldedOrder | undefined;
  for (const event of events) folded = foldOne(folded, event);
  return folded;
}

/** The row that the read model writes of this fold. */
export function rowOf(folded: FoldedOrder): RowEvidence {
  return { folded, debitedMinor: debitedMinor(folded.order), isStale: false };
}

/** Books that agree with the life. */
export function paymentOf(life: readonly OrderEvent[]): PaymentEvidence | undefined {
  if (!life.includes(facts.debited)) return undefined;
  const voided = life.includes(facts.voided) ? price.minor : 0n;
  return {
    status: voided > 0n ? 'voided' : 'debited',
    amountMinor: price.minor,
    voidedMinor: voided,
    currency: price.currency,
    payer: facts.debited.customerId,
    reference: facts.debited.gatewayReference,
    ledgerDebitedMinor: price.minor,
    ledgerVoidedMinor: voided,
    ledgerSumMinor: 0n,
    hasStrayEntry: false,
    isSettled: true,
  };
}

/** Everything that a sound system at rest holds about an order that is alone in its log. */
export function soundEvidence(life: readonly OrderEvent[]): { evidence: StreamEvidence; progress: Progress } {
  const id = orderOf(1);
  const events = recordedLife(id, life);
  const folded = foldAll(events);
  assert(folded);
  const planned = rowOfStream(fulfilment(fulfilmentDefaults), { undoStuckAfterMs: 0 }, events);
  const head = position(events.length);
  return {
    evidence: {
      stream: orderStream(id),
      orderId: id,
      events,
      row: rowOf(folded),
      payment: paymentOf(life),
      intent: {
        state: life.length === 0 ? 'intended' : life.includes(facts.voided) ? 'closed' : 'debited',
        amountMinor: price.minor,
        currency: price.currency,
        payer: facts.debited.customerId,
        isSettled: life.length > 0,
      },
      saga: {
        status: planned?.state?.status ?? 'none',
        revision: revision(events.length),
        next: planned?.next ?? null,
        isScheduled: true,
        hasFault: false,
        isStuck: false,
      },
      setAside: [],
    },
    progress: { head, readModel: head, sagas: head, marks: new Map(), lives: new Map(), asOf: new Date(0) },
  };
}
