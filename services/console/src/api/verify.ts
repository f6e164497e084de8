/**
 * The verification: `GET /api/verify` (how it stands), `POST /api/verify` (start one; 202, or 409 while one runs),
 * `GET /api/verify/stream` (SSE: the event `verify` with the same data, at every change).
 */
import { type Static, Type } from 'typebox';
import { atMs, count, money, orNull } from './values.ts';

/** How one promise stands. */
export const promiseLine = Type.Object({
  number: Type.Integer(),
  says: Type.String(),
  verdict: Type.Enum(['holds', 'broken', 'not checked']),
  examined: count,
  differences: count,
  /** The first difference, as a sentence; or why it was not checked. */
  first: orNull(Type.String()),
  orderId: orNull(Type.String()),
  position: orNull(count),
});
export type PromiseLine = Static<typeof promiseLine>;

/** A verification that ended. */
export const verification = Type.Object({
  endedAtMs: atMs,
  tookMs: Type.Number(),
  by: Type.String(),
  /** Null when it could not be made, `trouble` says why; or when one promise could not be checked this time, as when a server is away. */
  holds: orNull(Type.Boolean()),
  position: orNull(count),
  orders: orNull(count),
  promises: Type.Array(promiseLine),
  money: Type.Array(Type.Object({ debited: money, voided: money, approved: money, inFlight: money, external: money })),
  /** What somebody should know although it breaks no promise. */
  remarks: Type.Array(Type.Object({ says: Type.String(), count, first: Type.Array(Type.String()) })),
  trouble: orNull(Type.String()),
});
export type Verification = Static<typeof verification>;

/** How it stands now. */
export const verifyState = Type.Object({
  running: orNull(Type.Object({ sinceMs: atMs, by: Type.String(), phase: Type.String(), done: count, of: count })),
  last: orNull(verification),
});
export type VerifyState = Static<typeof verifyState>;
