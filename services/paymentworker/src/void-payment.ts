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
import type { Order, PlacedOrder } from '@eventstream/domain';
import { loadOrder, recordFacts } from '@eventstream/orders';
import { deadLetter, done, type Handler, InfrastructureFault, type Outcome, retry } from '@eventstream/worker';
import { actor, type PaymentParts, reviewDeadline } from './debit-payment.ts';
import { GatewayUnreachable, type VoidAnswer } from './payment-gateway.ts';

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
    if (order.payment.kind === 'debited' && order.payment.gatewayReference === null)
      return deadLetter('the money was taken by another program, outside our gateway: it has to give it back');
    const intent = { orderId, amount: order.details.amount, payer: order.details.customerId };
    await parts.intents.close(intent);
    const answer = await ask(parts, order);
    if (answer.kind === 'unknown')
      return retry(parts.retryAfterMs, `the outcome of the void is unknown: ${answer.reason}`);
    return settleVoid(parts, event, order, answer);
  };
}

async function ask(parts: PaymentParts, order: PlacedOrder): Promise<VoidAnswer> {
  const { orderId, amount, customerId } = order.details;
  try {
    return await parts.gateway.void({ key: orderId, amount, payer: customerId });
  } catch (error) {
    if (error instanceof GatewayUnreachable)
      throw new InfrastructureFault('the payment gateway cannot be reached', error);
    throw error;
  }
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
  if (recorded.kind === 'rejected' && recorded.rejection.code !== 'order/ended')
    return deadLetter(`the void was rejected: ${recorded.rejection.message}`);
  await parts.intents.settle(orderId, 'closed');
  return done;
}

/** What the closed payment means for the log as it is now. */
function factsOf(order: Order, customerId: string, givenBack: Money, reference: string | null): readonly OrderEvent[] {
  if (order.status === 'none' || order.payment.kind === 'closed') return [];
  const facts: OrderEvent[] = [];
  if (givenBack.minor > 0n && order.payment.kind === 'open')
    facts.push({ kind: 'paymentDebited', customerId, amount: givenBack, gatewayReference: reference ?? '' });
  facts.push({ kind: 'paymentVoided', amount: givenBack.minor > 0n ? givenBack : zero(order.details.amount.currency) });
  return facts;
}
