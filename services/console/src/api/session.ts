/** What a page needs to know once, before it shows or does anything. */
import { type Static, Type } from 'typebox';
import { orNull } from './values.ts';

/** One way of placing a sample order, each a documented test value of the stand-in gateway or of the review policy. */
export const sampleKind = Type.Object({
  /** What is sent to place one. */
  kind: Type.String(),
  title: Type.String(),
  /** What will happen, as a sentence. */
  means: Type.String(),
  /** How the order ends when nobody does anything. */
  ends: Type.Enum(['Approved', 'Cancelled', 'waits for a person']),
});
export type SampleKind = Static<typeof sampleKind>;

/** Where traces are: in this console, at a Zipkin of the user's own (linked to), or nowhere. */
export const tracesPlace = Type.Union([
  Type.Object({ kind: Type.Literal('here') }),
  Type.Object({ kind: Type.Literal('elsewhere'), url: Type.String({ description: 'Base of that Zipkin’s page' }) }),
  Type.Object({ kind: Type.Literal('off'), why: Type.String() }),
]);
export type TracesPlace = Static<typeof tracesPlace>;

/** `GET /api/session`. Sets the cookie that the token is bound to; ask again when a write answers `csrf-token-wrong`. */
export const session = Type.Object({
  /** Goes into the header `x-csrf-token` of every POST. */
  csrfToken: Type.String(),
  /** Who acts when the page says nothing else: the user this console runs as. */
  operator: Type.String(),
  /** Base of ordersvc's HTTP API, for copy-as-curl. */
  ordersUrl: Type.String(),
  version: Type.String(),
  samples: Type.Array(sampleKind),
  traces: tracesPlace,
  burst: Type.Object({ ordersMax: Type.Integer(), perSecondMax: Type.Integer() }),
  /** False: verify cannot be run from here; `cannotVerifyWhy` says what to run instead. */
  canVerify: Type.Boolean(),
  cannotVerifyWhy: orNull(Type.String()),
});
export type Session = Static<typeof session>;
