/**
 * Debits an order once. The intent is committed before the provider is asked; the provider's answer becomes the event
 * `paymentdebited` or `paymentdeclined`; no answer means asking again under the same key.
 */
import { decodeOrderEvent, type OrderCreated, type OrderEvent, type RecordedEvent } from '@eventstream/contracts';
import { evolve, isExternalDebit, noOrder, type Payment } from '@eventstream/domain';
import { loadOrder, type Recorded, recordFacts } from '@eventstream/orders';
import { failpoint } from '@eventstream/platform';
import { deadLetter, done, type Handler, type HandlerContext, type Outcome, retry } from '@eventstream/worker';
import type { DebitAnswer, PaymentGateway, PaymentRequest } from './payment-gateway.ts';
import { actor, type PaymentParts, reaching, reviewDeadline } from './payment-parts.ts';

/**
 * An event this old may have been answered by another program in place of this one, so the log is read before money is
 * taken. Reading it for every new order would cost a third of the throughput and find nothing.
 */
const freshMs = 30_000;

/** Handles `ORDERS.created`. */
export function debitPayment(parts: PaymentParts): Handler {
  return async (event, context) => {
    const created = decodeOrderEvent(event);
    if (created.kind !== 'created') return deadLetter(`${event.type} is not an order's creation`);
    const request = { key: created.orderId, amount: created.amount, payer: created.customerId };
    if (parts.clock.nowMs() - event.recordedAtMs > freshMs) {
      const { order } = await loadOrder(parts.store, created.orderId);
      if (order.status !== 'none' && order.payment.kind !== 'open') return leaveAlone(parts, request, order.payment);
    }
    const state = await parts.intents.intend({ ...request, orderId: created.orderId });
    // A void was faster: it closes the payment at the provider, and records what it found there.
    if (state === 'closing' || state === 'closed') return done;
    failpoint('payment.afterIntent');
    const answer = await ask(parts.gateway, request, context);
    failpoint('payment.afterGateway');
    return settleDebit(parts, event, created, answer);
  };
}

/**
 * The log says how the payment ended. Only money that another program took needs a look: we may have taken it as well.
 */
async function leaveAlone(parts: PaymentParts, request: PaymentRequest, payment: Payment): Promise<Outcome> {
  if (!isExternalDebit(payment)) return done;
  const known = await reaching(() => parts.gateway.lookUp(request));
  if (known.kind === 'unknown')
    return retry(parts.retryAfterMs, `another program took the money; whether we did is unknown: ${known.reason}`);
  return known.kind === 'debited' ? paidTwice(known.reference) : done;
}

function paidTwice(reference: string): Outcome {
  return deadLetter(
    `another program took the money as well: give back payment ${reference} at the gateway, then discard this`,
  );
}

/** The first attempts ask for the debit again, which is harmless under its key; later ones look first. */
function ask(gateway: PaymentGateway, request: PaymentRequest, context: HandlerContext): Promise<DebitAnswer> {
  return reaching(async () => {
    if (context.attempt > 2) {
      const known = await gateway.lookUp(request);
      if (known.kind !== 'none' && known.kind !== 'unknown') return known;
    }
    return gateway.debit(request);
  });
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
      return recordDebit(parts, event, created, answer.reference);
    case 'declined':
      return recordDecline(parts, event, created, answer);
  }
}

/** Money was taken: either the log says so, or somebody has to look. */
async function recordDebit(
  parts: PaymentParts,
  event: RecordedEvent,
  created: OrderCreated,
  reference: string,
): Promise<Outcome> {
  const { customerId, amount } = created;
  const fact: OrderEvent = { kind: 'paymentDebited', customerId, amount, gatewayReference: reference };
  const recorded = await record(parts, event, created, fact);
  failpoint('payment.afterAppend');
  if (recorded.kind === 'rejected')
    return deadLetter(`payment ${reference} was taken, and the log refuses it: ${recorded.rejection.message}`);
  // Recorded by a void that was faster, together with its return, or by an earlier run: unless it was somebody else.
  const { order } = recorded.seen;
  if (order.status !== 'none' && isExternalDebit(order.payment)) return paidTwice(reference);
  await parts.intents.settle(created.orderId, 'debited');
  return done;
}

async function recordDecline(
  parts: PaymentParts,
  event: RecordedEvent,
  created: OrderCreated,
  { code, message }: Extract<DebitAnswer, { kind: 'declined' }>,
): Promise<Outcome> {
  const recorded = await record(parts, event, created, { kind: 'paymentDeclined', code, message });
  // A void was faster: the payment is closed, and nothing was ever taken.
  const isClosed =
    recorded.kind === 'rejected' &&
    (recorded.rejection.code === 'payment_closed' || recorded.rejection.code === 'order_ended');
  if (recorded.kind === 'rejected' && !isClosed)
    return deadLetter(`the payment was declined, and the log refuses that: ${recorded.rejection.message}`);
  await parts.intents.settle(created.orderId, 'declined');
  return done;
}

function record(parts: PaymentParts, event: RecordedEvent, created: OrderCreated, fact: OrderEvent): Promise<Recorded> {
  return recordFacts(parts.store, {
    orderId: created.orderId,
    cause: event.id,
    actor,
    facts: () => [fact],
    extra: (of) => reviewDeadline(of, parts.reviewWithinMs),
    // In the usual life nothing has happened since: append without reading.
    seen: { order: evolve(noOrder, created), revision: event.revision },
  });
}
