/** Reviews a paid order: approves it, rejects it, or leaves it to a person. */
import { decodeOrderEvent, type OrderEvent, orderIdOf } from '@eventstream/contracts';
import { type Order, type ReviewPolicy, review } from '@eventstream/domain';
import type { EventAppender, EventReader } from '@eventstream/event-store';
import { type HeardOrders, recordFacts } from '@eventstream/orders';
import { deadLetter, done, type Handler } from '@eventstream/worker';

/** What the review needs. */
export interface ReviewParts {
  readonly store: EventAppender & EventReader;
  readonly policy: ReviewPolicy;
  /** Spares reading an order. Default: each is read. */
  readonly heard?: HeardOrders;
}

/** Handles `ORDERS.paymentdebited`. An order that has moved on meanwhile (cancelled, decided by a person) is left alone. */
export function reviewOrder(parts: ReviewParts): Handler {
  return async (event) => {
    const orderId = orderIdOf(event.stream);
    if (!orderId || decodeOrderEvent(event).kind !== 'paymentDebited')
      return deadLetter(`${event.type} is not a debit of an order`);
    const seen = parts.heard?.takeWith(event);
    const recorded = await recordFacts(parts.store, {
      orderId,
      cause: event.id,
      actor: 'reviewworker',
      facts: (order) => verdictOn(order, parts.policy),
      ...(seen === undefined ? {} : { seen }),
    });
    return recorded.kind === 'rejected' && recorded.rejection.code === 'order_unknown'
      ? deadLetter('a debit of an order that does not exist')
      : done;
  };
}

/** The fact to record; none when the order no longer waits for the policy. */
function verdictOn(order: Order, policy: ReviewPolicy): readonly OrderEvent[] {
  if (order.status !== 'PaymentDebited') return [];
  const verdict = review(order.details, policy);
  switch (verdict.kind) {
    case 'approve':
      return [{ kind: 'approved', by: 'policy', reason: verdict.rule }];
    case 'reject':
      return [{ kind: 'reviewRejected', by: 'policy', reason: verdict.rule }];
    case 'person':
      return [{ kind: 'reviewRequested', rule: verdict.rule }];
  }
}
