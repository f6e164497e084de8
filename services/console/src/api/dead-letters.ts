/** Events that a consumer gave up on, and what can be done with them. */
import { deadLetterStates, dryRunOutcomes } from '@eventstream/worker';
import { type Static, Type } from 'typebox';
import { atMs, count, orNull, printable } from './values.ts';

export const deadLetterState = Type.Enum([...deadLetterStates]);
export type DeadLetterState = Static<typeof deadLetterState>;

/** One. */
export const deadLetter = Type.Object({
  id: Type.String(),
  consumer: Type.String(),
  state: deadLetterState,
  eventId: Type.String(),
  type: Type.String(),
  log: Type.String(),
  position: count,
  stream: Type.String(),
  /** Null for a stream that is no order's. */
  orderId: orNull(Type.String()),
  revision: count,
  reason: Type.String(),
  stack: orNull(Type.String()),
  attempts: count,
  firstAtMs: atMs,
  lastAtMs: atMs,
  /** Who asked for the redrive or discarded it, and why. */
  resolvedBy: orNull(Type.String()),
  resolvedWhy: orNull(Type.String()),
});
export type DeadLetter = Static<typeof deadLetter>;

/** Those with one fault: the same consumer, and the same reason when ids and numbers are left aside. */
export const deadLetterGroup = Type.Object({
  /** Name of the group, to list its letters and to redrive them. */
  group: Type.String(),
  consumer: Type.String(),
  type: Type.String(),
  /** The reason with ids and numbers replaced. */
  fault: Type.String(),
  letters: count,
  orders: count,
  firstAtMs: atMs,
  lastAtMs: atMs,
  attemptsMax: count,
  /** The one that stands first in the log. */
  first: deadLetter,
});
export type DeadLetterGroup = Static<typeof deadLetterGroup>;

/** `GET /api/dead-letters/groups?state`: most letters first. `complete` is false when there are more than were looked at. */
export const deadLetterGroups = Type.Object({
  groups: Type.Array(deadLetterGroup),
  looked: count,
  complete: Type.Boolean(),
});
export type DeadLetterGroups = Static<typeof deadLetterGroups>;

/** `GET /api/dead-letters?state&consumer&group&limit`: oldest position first. */
export const deadLetterList = Type.Object({ letters: Type.Array(deadLetter), complete: Type.Boolean() });
export type DeadLetterList = Static<typeof deadLetterList>;

/** `GET /api/dead-letters/:id`: with the event itself; its data is null when the store does not have it. */
export const deadLetterDetail = Type.Object({
  letter: deadLetter,
  /** The event's data as text: it may be no JSON at all. */
  data: orNull(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  /** Work of the same stream that waits behind it. */
  behind: count,
  /** Every decision about it, oldest first. */
  decisions: Type.Array(
    Type.Object({ atMs, decision: Type.Enum(['redrive', 'discard']), by: Type.String(), why: Type.String() }),
  ),
});
export type DeadLetterDetail = Static<typeof deadLetterDetail>;

/** `POST /api/dead-letters/:id/dry-run`: what its handler would do now. Nothing is changed. */
export const dryRun = Type.Object({
  /** `endedProcess`: the consumer ended during it; `unanswered`: nobody answered in 15 s. */
  outcome: Type.Enum([...dryRunOutcomes]),
  /** As a sentence. */
  says: Type.String(),
  stack: orNull(Type.String()),
  /** What it would have done outside of itself (events appended, calls made), in order. */
  effects: Type.Array(Type.String()),
});
export type DryRun = Static<typeof dryRun>;

/** The body of `POST /api/dead-letters/:id/redrive` and `…/discard`. */
export const letterDecision = Type.Object({
  why: printable(500),
  by: Type.Optional(printable(100)),
});
export type LetterDecision = Static<typeof letterDecision>;

/** The body of `POST /api/dead-letters/redrive`: all open ones, or those of a group, in the order of the log, at a bounded rate. */
export const redriveMany = Type.Object({
  why: printable(500),
  by: Type.Optional(printable(100)),
  group: Type.Optional(printable(200)),
});
export type RedriveMany = Static<typeof redriveMany>;

/** Answer of the redrives: how many are tried again, and how many somebody had decided meanwhile. */
export const redriveAnswer = Type.Object({ redriven: count, passedOver: count });
export type RedriveAnswer = Static<typeof redriveAnswer>;
