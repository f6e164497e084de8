/**
 * Debits an order once. The intent is committed before the provider is asked; the provider's answer becomes the event
 * `paymentdebited` or `paymentdeclined`; no answer means asking again under the same key.
 */
import {
  decodeOrderEvent,
  type Metadata,
  metadataKeys,
  type OrderCreated,
  type OrderEvent,
  type RecordedEvent,
} from '@eventstream/contracts';
import { evolve, noOrder } from '@eventstream/domain';
import type { EventAppender, EventReader } from '@eventstream/event-store';
import { recordFacts } from '@eventstream/orders';
import {
  deadLetter,
  done,
  type Handler,
  type HandlerContext,
  InfrastructureFault,
  type Outcome,
  retry,
} from '@eventstream/worker';
import { type DebitAnswer, GatewayUnreachable, type PaymentGateway, type PaymentRequest } from './payment-gateway.ts';
import type { PaymentIntents } from './payment-intents.ts';

/** What the two payment handlers need. */
export interface PaymentParts {
  readonly store: EventAppender & EventReader;
  readonly gateway: PaymentGateway;
  readonly intents: PaymentIntents;
  /** How long the review may take, noted with the debit because the debit starts it. */
  readonly reviewWithinMs: number;
  /** How long to wait before an unknown outcome is asked for again. */
  readonly retryAfterMs: number;
}

/** The name under which the worker's facts are recorded. */
export const actor = 'paymentworker';

/** Handles `ORDERS.created`. */
export function debitPayment(parts: PaymentParts): Handler {
  return async (event, context) => {
    const created = decodeOrderEvent(event);
    if (created.kind !== 'created') return deadLetter(`${event.type} is not an order's creation`);
    const intent = { orderId: created.orderId, amount: created.amount, payer: created.customerId };
    const state = await parts.intents.intend(intent);
    // A void was faster: it closes the payment at the provider, and records what it found there.
    if (state === 'closing' || state === 'closed') return done;
    const answer = await ask(
      parts.gateway,
      { key: created.orderId, amount: created.amount, payer: created.customerId },
      context,
    );
    return settleDebit(parts, event, created, answer);
  };
}

/** The first attempts ask for the debit again, which is harmless under its key; later ones look first. */
async function ask(gateway: PaymentGateway, request: PaymentRequest, context: HandlerContext): Promise<DebitAnswer> {
  try {
    if (context.attempt > 2) {
      const known = await gateway.lookUp(request);
      if (known.kind !== 'none' && known.kind !== 'unknown') return known;
    }
    return await gateway.debit(request);
  } catch (error) {
    if (error instanceof GatewayUnreachable)
      throw new InfrastructureFault('the payment gateway cannot be reached', error);
    throw error;
  }
}

async function settleDebit(
  parts: PaymentParts,
  event: RecordedEvent,
  created: OrderCreated,
  answer: DebitAnswer,
): Promise<Outcome> {
  switch (answer.kind) {
    case 'unknown':
      return retry(parts.retryAfterMs, `the outcome of the debit is unknown: ${answer.reason}`);
    case 'closed':
      // The void handler records what is to be recorded.
      return done;
    case 'debited':
      return record(parts, event, created, {
        kind: 'paymentDebited',
        customerId: created.customerId,
        amount: created.amount,
        gatewayReference: answer.reference,
      });
    case 'declined':
      return record(parts, event, created, { kind: 'paymentDeclined', code: answer.code, message: answer.message });
    default:
      return unreachable(answer);
  }
}

async function record(
  parts: PaymentParts,
  event: RecordedEvent,
  created: OrderCreated,
  fact: OrderEvent,
): Promise<Outcome> {
  const recorded = await recordFacts(parts.store, {
    orderId: created.orderId,
    cause: event.id,
    actor,
    facts: () => [fact],
    extra: (of) => reviewDeadline(of, parts.reviewWithinMs),
    // In the usual life nothing has happened since: append without reading.
    seen: { order: evolve(noOrder, created), revision: event.revision },
  });
  // Rejected as closed: the void has recorded the debit and its return already.
  if (
    recorded.kind === 'rejected' &&
    recorded.rejection.code !== 'payment/closed' &&
    recorded.rejection.code !== 'order/ended'
  )
    return deadLetter(`${fact.kind} was rejected: ${recorded.rejection.message}`);
  await parts.intents.settle(created.orderId, fact.kind === 'paymentDebited' ? 'debited' : 'declined');
  return done;
}

/** The review begins with the debit, so the debit carries how long it may take. */
export function reviewDeadline(fact: OrderEvent, reviewWithinMs: number): Metadata {
  return fact.kind === 'paymentDebited' ? { [metadataKeys.withinMs]: String(reviewWithinMs) } : {};
}

function unreachable(answer: never): never {
  throw new Error(`not an answer to a debit: ${JSON.stringify(answer)}`);
}
