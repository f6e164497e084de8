/** Orders: the search, and everything about one. */
import { type Static, Type } from 'typebox';
import { deadLetter } from './dead-letters.ts';
import { logEvent } from './log.ts';
import { saga } from './sagas.ts';
import { atMs, cancelReason, count, money, orderStatus, orNull } from './values.ts';

/** One line of the list. */
export const orderLine = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  restaurantId: Type.String(),
  amount: money,
  status: orderStatus,
  reason: orNull(cancelReason),
  /** ISO 8601, as the order itself says; anything another program wrote is possible. */
  createdOn: Type.String(),
  revision: count,
  /** The read model has stopped following it (an open dead letter). */
  isStale: Type.Boolean(),
});
export type OrderLine = Static<typeof orderLine>;

/**
 * `GET /api/orders?id&customer&status&fromMs&toMs&minAmount&maxAmount&currency&cursor&limit`: newest first.
 * `id` may be the beginning of an id; `customer` with a `*` at its end finds beginnings; amounts are in major units
 * (`19.90`) and need `currency`; `fromMs`/`toMs` are about when the log recorded the order.
 */
export const orderPage = Type.Object({ orders: Type.Array(orderLine), nextCursor: orNull(Type.String()) });
export type OrderPage = Static<typeof orderPage>;

/** What the order says at one revision. */
export const orderState = Type.Object({
  status: orderStatus,
  reason: orNull(cancelReason),
  /** The rule that wants a person; only in review. */
  rule: orNull(Type.String()),
  payment: Type.Object({
    kind: Type.Enum(['open', 'debited', 'declined', 'closed']),
    debited: orNull(money),
    voided: orNull(money),
    gatewayReference: orNull(Type.String()),
    declined: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
  }),
});
export type OrderState = Static<typeof orderState>;

/** One event of the order, with what it led to. */
export const orderStep = Type.Object({
  event: logEvent,
  /** Revision of the event that caused it; null when a request or something outside of this order did. */
  causedBy: orNull(count),
  /** What the order is after it; null when the event cannot be folded (damage). */
  after: orNull(orderState),
  /** What its saga is after it; null when the saga cannot be folded. */
  saga: orNull(saga),
});
export type OrderStep = Static<typeof orderStep>;

/** What the payment worker means to do, and what the provider has booked. */
export const payment = Type.Object({
  intent: orNull(
    Type.Object({
      state: Type.String(),
      amount: money,
      payer: Type.String(),
      intendedAtMs: atMs,
      settledAtMs: orNull(atMs),
    }),
  ),
  /** Null: the provider knows no payment under this key, or does not answer (`trouble`). */
  provider: orNull(
    Type.Object({
      status: Type.Enum(['debited', 'declined', 'voided']),
      reference: orNull(Type.String()),
      amount: money,
      voided: money,
      declineCode: orNull(Type.String()),
    }),
  ),
  ledger: Type.Array(
    Type.Object({
      movement: Type.Enum(['debit', 'void']),
      account: Type.String(),
      amount: money,
      bookedAtMs: atMs,
    }),
  ),
  trouble: orNull(Type.String()),
});
export type Payment = Static<typeof payment>;

/** Work about this order that waits for another attempt. */
export const waitingWork = Type.Object({
  consumer: Type.String(),
  type: Type.String(),
  position: count,
  attempts: count,
  reason: Type.String(),
  dueMs: atMs,
});
export type WaitingWork = Static<typeof waitingWork>;

/** Whether somebody may do something now, and if not, why not. */
export const allowed = Type.Object({ isAllowed: Type.Boolean(), why: orNull(Type.String()) });
export type Allowed = Static<typeof allowed>;

/** `GET /api/orders/:id`. Folded from the store, so it is never behind the log. */
export const orderDetail = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  restaurantId: Type.String(),
  items: Type.Array(Type.Object({ code: Type.String(), name: Type.String(), unitPrice: money, quantity: count })),
  amount: money,
  createdOn: Type.String(),
  revision: count,
  state: orNull(orderState),
  /** Everything recorded, oldest first; `stepsLeftOut` counts those before them that were not read. */
  steps: Type.Array(orderStep),
  stepsLeftOut: count,
  /** The coordinator's own row; null while it has none. Its deadlines and attempts are newer than a fold's. */
  saga: orNull(saga),
  payment,
  deadLetters: Type.Array(deadLetter),
  waiting: Type.Array(waitingWork),
  readModel: Type.Object({
    state: Type.Enum(['current', 'behind', 'parked', 'missing']),
    revision: orNull(count),
  }),
  /** Null when no event carries a trace. Spans are there only when the trace was kept (`isKept`). */
  trace: orNull(Type.Object({ traceId: Type.String(), isKept: Type.Boolean() })),
  actions: Type.Object({ cancel: allowed, approve: allowed, reject: allowed }),
  /** Lines for a terminal. */
  curl: Type.Object({
    get: Type.String(),
    events: Type.String(),
    cancel: Type.String(),
    approve: Type.String(),
    reject: Type.String(),
  }),
  /** What could not be asked (a database, the gateway): the rest of the answer is right without it. */
  missing: Type.Array(Type.String()),
});
export type OrderDetail = Static<typeof orderDetail>;

/**
 * `GET /api/orders/:id/stream` (SSE): the event `changed` (data: `OrderChanged`) whenever something is recorded about it; also at the
 * beginning, with revision 0: what was read before may be older.
 */
export const orderChanged = Type.Object({ revision: count, type: Type.String() });
export type OrderChanged = Static<typeof orderChanged>;
