/**
 * Closes an order's payment: gives back what was taken, and makes a later debit impossible. A void may overtake its
 * debit; then the provider's tombstone refuses the debit, or a debit that the log does not know yet is recorded
 * together with its return, in one write.
 */
import {
  decodeOrderEvent,
  type Money,
  type OrderEvent,
  orderIdOf,
  type RecordedEvent,
  zero,
} from '@eventstream/contracts';
import { isExternalDebit, type Order, type PlacedOrder } from '@eventstream/domain';
import { loadOrder, recordFacts } from '@eventstream/orders';
import { failpoint } from '@eventstream/platform';
import { deadLetter, done, type Handler, type Outcome, retry } from '@eventstream/worker';
import type { VoidAnswer } from './payment-gateway.ts';
import { actor, type PaymentParts, reaching, reviewDeadline } from './payment-parts.ts';

/** Handles `ORDERS.paymentvoidrequested`. */
export function voidPayment(parts: PaymentParts): Handler {
  return async (event) => {
    const asked = decodeOrderEvent(event);
    const orderId = orderIdOf(event.stream);
    if (asked.kind !== 'paymentVoidRequested' || !orderId) return deadLetter(`${event.type} does not ask for a void`);
    const seen = await loadOrder(parts.store, orderId);
    const order = seen.order;
    if (order.status === 'none') return deadLetter('there is no such order');
    if (order.payment.kind === 'closed' || order.status === 'Cancelled') {
      // Recorded by an earlier run that ended before it could say so in its own row.
      await parts.intents.settle(orderId, 'closed');
      return done;
    }
    if (isExternalDebit(order.payment))
      return deadLetter('the money was taken by another program, outside our gateway: it has to give it back');
    const request = { key: orderId, amount: order.details.amount, payer: order.details.customerId };
    await parts.intents.close({ ...request, orderId });
    failpoint('void.afterIntent');
    const answer = await reaching(() => parts.gateway.void(request));
    failpoint('void.afterGateway');
    if (answer.kind === 'unknown')
      return retry(parts.retryAfterMs, `the outcome of the void is unknown: ${answer.reason}`);
    return settleVoid(parts, event, order, answer);
  };
}

async function settleVoid(
  parts: PaymentParts,
  event: RecordedEvent,
  order: PlacedOrder,
  answer: Extract<VoidAnswer, { kind: 'closed' }>,
): Promise<Outcome> {
  const { orderId, customerId } = order.details;
  const recorded = await recordFacts(parts.store, {
    orderId,
    cause: event.id,
    actor,
    facts: (now) => factsOf(now, customerId, answer.givenBack, answer.reference),
    extra: (fact) => reviewDeadline(fact, parts.reviewWithinMs),
  });
  if (recorded.kind === 'rejected' && recorded.rejection.code !== 'order_ended')
    return deadLetter(`the void was rejected: ${recorded.rejection.message}`);
  await parts.intents.settle(orderId, 'closed');
  return done;
}

/** What the closed payment means for the log as it is now. */
function factsOf(order: Order, customerId: string, givenBack: Money, reference: string | null): readonly OrderEvent[] {
  if (order.status === 'none' || order.payment.kind === 'closed') return [];
  const nothing = zero(order.details.amount.currency);
  // Of money that another program took meanwhile we gave nothing back; saying so is refused, and becomes visible.
  if (isExternalDebit(order.payment) || givenBack.minor === 0n) return [{ kind: 'paymentVoided', amount: nothing }];
  const voided: OrderEvent = { kind: 'paymentVoided', amount: givenBack };
  return order.payment.kind === 'open'
    ? [{ kind: 'paymentDebited', customerId, amount: givenBack, gatewayReference: reference ?? '' }, voided]
    : [voided];
}
