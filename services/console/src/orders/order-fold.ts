/** An order and its saga as they were after each of its events. Pure. */
import { decodeOrderEvent, type Money, metadataKeys, type RecordedEvent } from '@eventstream/contracts';
import { cancelReasonOf, evolve, noOrder, type Order, type Payment } from '@eventstream/domain';
import { describeSaga, type RowSettings, rowOfStream, type SagaDefinition, type SagaEntry } from '@eventstream/saga';
import type { OrderState, OrderStep } from '../api/orders.ts';
import type { Saga } from '../api/sagas.ts';
import type { Money as MoneyAnswer } from '../api/values.ts';
import { eventAnswer } from '../log/event-answer.ts';
import { moneyAnswer } from '../money-answer.ts';

/** The whole life, and what it has led to. */
export interface FoldedLife {
  readonly steps: readonly OrderStep[];
  /** `none` before the first event; undefined when some event cannot be folded. */
  readonly order: Order | undefined;
}

/** How sagas are folded. */
export interface SagaRules extends RowSettings {
  readonly definition: SagaDefinition;
}

/** Folds all events of an order, oldest first, and shows the last `shownMax` of them. */
export function foldLife(events: readonly RecordedEvent[], rules: SagaRules, shownMax: number): FoldedLife {
  const revisions = new Map<string, number>(events.map((event) => [event.id, event.revision]));
  const steps: OrderStep[] = [];
  let order: Order | undefined = noOrder;
  for (const [index, event] of events.entries()) {
    order = order && tryEvolve(order, event);
    if (index < events.length - shownMax) continue;
    const cause = event.metadata[metadataKeys.causationId];
    steps.push({
      event: eventAnswer(event),
      causedBy: (cause === undefined ? undefined : revisions.get(cause)) ?? null,
      after: order === undefined || order.status === 'none' ? null : stateAnswer(order),
      saga: sagaAfter(events.slice(0, index + 1), rules),
    });
  }
  return { steps, order };
}

function tryEvolve(order: Order, event: RecordedEvent): Order | undefined {
  try {
    return evolve(order, decodeOrderEvent(event));
  } catch {
    return undefined;
  }
}

/** The saga as a fold of these events; null when one of them cannot be folded. */
function sagaAfter(events: readonly RecordedEvent[], rules: SagaRules): Saga | null {
  try {
    const row = rowOfStream(rules.definition, rules, events);
    if (row === undefined) return null;
    const entry = { row, dueMs: row.next?.dueMs ?? null, attempts: 0, lastError: null, isStuck: false };
    return sagaAnswer(rules.definition, entry);
  } catch {
    return null;
  }
}

/** A saga drawn on its definition. */
export function sagaAnswer(definition: SagaDefinition, entry: SagaEntry): Saga {
  const described = describeSaga(definition, entry);
  const steps = definition.steps.map((step) => {
    const stands = described.steps.find(({ name }) => name === step.name);
    return {
      name: step.name,
      kind: stands?.kind ?? 'pending',
      sinceMs: stands?.sinceMs ?? null,
      dueMs: stands?.dueMs ?? null,
      succeeds: step.succeeds,
      fails: step.fails,
      withinMs: step.withinMs,
      undo: step.undo ? { ask: step.undo.ask, done: step.undo.done } : null,
    };
  });
  const { saga, status, reason, startedAtMs, sinceMs, done, current, remaining, next } = described;
  return {
    saga,
    status,
    reason,
    startedAtMs,
    sinceMs,
    starts: definition.starts,
    steps,
    done: [...done],
    current,
    remaining: [...remaining],
    next: next === null ? null : { ...next },
    isStuck: described.isStuck,
    attempts: described.attempts,
    lastError: described.lastError,
    ends: { ...definition.ends },
  };
}

/** What an order says. */
export function stateAnswer(order: Exclude<Order, { status: 'none' }>): OrderState {
  return {
    status: order.status,
    reason: cancelReasonOf(order) ?? null,
    rule: order.status === 'InReview' ? order.rule : null,
    payment: paymentAnswer(order.payment),
  };
}

function paymentAnswer(payment: Payment): OrderState['payment'] {
  const none = { kind: payment.kind, debited: null, voided: null, gatewayReference: null, declined: null };
  switch (payment.kind) {
    case 'open':
      return none;
    case 'debited':
      return { ...none, debited: amount(payment.amount), gatewayReference: payment.gatewayReference };
    case 'declined':
      return { ...none, declined: { code: payment.code, message: payment.message } };
    case 'closed':
      return { ...none, debited: payment.debited ? amount(payment.debited) : null, voided: amount(payment.voided) };
  }
}

/** An amount of an order. */
export function amount({ minor, currency }: Money): MoneyAnswer {
  return moneyAnswer(minor, currency);
}
