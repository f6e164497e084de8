/** What many answers are made of. Every name carries its unit; a time is milliseconds since 1970, UTC. */
import { cancelReasons } from '@eventstream/contracts';
import { orderStatuses } from '@eventstream/domain';
import { printablePattern, printableWords } from '@eventstream/service-kit';
import { type Static, type TSchema, Type } from 'typebox';

/** A whole number from 0. */
export const count = Type.Integer({ minimum: 0 });
/** A time, milliseconds since 1970, UTC. */
export const atMs = Type.Number();
/** Text that people and programs can both show, and a database keeps. */
export const printable = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: printablePattern, allowed: printableWords(1, maxLength) });
/** A value, or null where there is none. */
export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** An amount: exact in minor units, and as people write it (`19.00`), with the decimals of its currency. */
export const money = Type.Object({ minor: Type.String(), currency: Type.String(), decimal: Type.String() });
export type Money = Static<typeof money>;

/** The words for an order's status, in the order of a life. */
export const orderStatus = Type.Enum([...orderStatuses]);
export type OrderStatus = Static<typeof orderStatus>;

/** Why an order is being or was cancelled. */
export const cancelReason = Type.Enum([...cancelReasons]);
export type CancelReason = Static<typeof cancelReason>;

/** Something that is not as it should be: what, and what to do about it. Both are sentences. */
export const trouble = Type.Object({ says: Type.String(), nextStep: orNull(Type.String()) });
export type Trouble = Static<typeof trouble>;

/** Every refusal (RFC 9457), as `application/problem+json`. `detail` is a sentence that says what to do. */
export const problem = Type.Object({
  type: Type.String({ description: 'Where the page about this problem is' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  /** Stable; what programs test. */
  code: Type.String(),
  request_id: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ in: Type.String(), pointer: Type.String(), detail: Type.String() }))),
});
export type ProblemAnswer = Static<typeof problem>;
