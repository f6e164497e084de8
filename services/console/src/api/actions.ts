/** What an operator can do with orders, and the record of it. */
import { type Static, Type } from 'typebox';
import { atMs, count, orderStatus, orNull, printable } from './values.ts';

/** Who acts, when it is not the user the console runs as. */
const by = Type.Optional(printable(100));
/** Why; kept for ever. */
const why = printable(350);

/** The body of `POST /api/orders`: one sample order, of a kind that the session lists. */
export const placeSample = Type.Object({ kind: Type.String({ maxLength: 40 }), by }, { additionalProperties: false });
export type PlaceSample = Static<typeof placeSample>;

/** Its answer (201). */
export const placed = Type.Object({ orderId: Type.String(), status: orderStatus, position: Type.String() });
export type Placed = Static<typeof placed>;

/** The body of `POST /api/bursts`: sample orders at a bounded rate. `mixed` has some of each failing kind in it. Answer: 202, a `Burst`. */
export const startBurst = Type.Object(
  {
    orders: Type.Integer({ minimum: 1, maximum: 2000 }),
    perSecond: Type.Integer({ minimum: 1, maximum: 200 }),
    mix: Type.Enum(['good', 'mixed']),
    by,
  },
  { additionalProperties: false },
);
export type StartBurst = Static<typeof startBurst>;

/** The body of `POST /api/orders/:id/cancel`. */
export const cancelOrder = Type.Object({ why, by }, { additionalProperties: false });
export type CancelOrder = Static<typeof cancelOrder>;

/** The body of `POST /api/orders/:id/review`. */
export const reviewOrder = Type.Object(
  { decision: Type.Enum(['approve', 'reject']), why, by },
  { additionalProperties: false },
);
export type ReviewOrder = Static<typeof reviewOrder>;

/** The answer of cancel and review: what ordersvc says the order is now. */
export const written = Type.Object({ orderId: Type.String(), status: orderStatus, revision: count });
export type Written = Static<typeof written>;

/** One thing an operator did. `outcome` is null when the console ended before it knew. */
export const auditLine = Type.Object({
  id: Type.String(),
  atMs,
  by: Type.String(),
  action: Type.String(),
  /** What it was done to: an order, a dead letter, a group. */
  subject: Type.String(),
  why: Type.String(),
  outcome: orNull(Type.Enum(['done', 'refused', 'failed'])),
  /** What was answered, as a sentence. */
  says: orNull(Type.String()),
});
export type AuditLine = Static<typeof auditLine>;

/** `GET /api/audit?subject&cursor&limit`: newest first. */
export const auditPage = Type.Object({ lines: Type.Array(auditLine), nextCursor: orNull(Type.String()) });
export type AuditPage = Static<typeof auditPage>;
