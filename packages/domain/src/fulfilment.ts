/**
 * An order is paid, then reviewed. If either fails, is late, or somebody cancels, the payment is voided when it may
 * have happened, and the order ends cancelled. Why is carried by the events themselves.
 */
import {
  type CancelReason,
  cancelReasons,
  decodeOrderEvent,
  type OrderEvent,
  orderEventTypes,
  ordersLog,
  type RecordedEvent,
} from '@eventstream/contracts';
import { defineSaga, type SagaAction, type SagaDefinition } from '@eventstream/saga/definition';

/** How long each step may take, unless the event that begins it says otherwise (`within-ms` in its metadata). */
export interface FulfilmentSettings {
  /** From `created`. */
  readonly paymentWithinMs: number;
  /** From `paymentdebited`. */
  readonly reviewWithinMs: number;
}

/** Five minutes to pay, a day to review. */
export const fulfilmentDefaults: FulfilmentSettings = { paymentWithinMs: 5 * 60_000, reviewWithinMs: 24 * 60 * 60_000 };

/** What the saga's rows are kept under. */
export const fulfilmentName = 'fulfilment';

/** The saga of an order. */
export function fulfilment({ paymentWithinMs, reviewWithinMs }: FulfilmentSettings): SagaDefinition {
  const types = orderEventTypes;
  return defineSaga({
    name: fulfilmentName,
    log: ordersLog,
    starts: types.created,
    steps: [
      {
        name: 'payment',
        succeeds: types.paymentDebited,
        fails: types.paymentDeclined,
        failsBecause: 'payment_declined' satisfies CancelReason,
        withinMs: paymentWithinMs,
        lateBecause: 'payment_timeout' satisfies CancelReason,
        undo: { ask: types.paymentVoidRequested, done: types.paymentVoided },
      },
      {
        name: 'review',
        succeeds: types.approved,
        fails: types.reviewRejected,
        failsBecause: 'review_rejected' satisfies CancelReason,
        withinMs: reviewWithinMs,
        lateBecause: 'review_timeout' satisfies CancelReason,
      },
    ],
    cancelOn: { type: types.cancelRequested, because: cancelReasonIn },
    reasonIn: cancelReasonIn,
    ends: { done: types.approved, undone: types.cancelled },
  });
}

/** The event that carries out what the saga decided. Throws on a reason that this saga never gives. */
export function fulfilmentEvent(action: SagaAction): OrderEvent {
  const reason = cancelReasons.find((each) => each === action.reason);
  if (reason === undefined) throw new Error(`"${action.reason}" is no reason to cancel an order`);
  return action.kind === 'askUndo' ? { kind: 'paymentVoidRequested', reason } : { kind: 'cancelled', reason };
}

/** The reason that an order's event carries. Throws when it carries none or cannot be read. */
function cancelReasonIn(recorded: RecordedEvent): CancelReason {
  const event = decodeOrderEvent(recorded);
  switch (event.kind) {
    case 'cancelRequested':
      return event.by;
    case 'paymentVoidRequested':
    case 'cancelled':
      return event.reason;
    default:
      throw new Error(`an event ${event.kind} carries no reason to cancel`);
  }
}
