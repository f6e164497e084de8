/** Sagas: the definition drawn with what is done, runs, remains and is undone; lists by state and age, stuck first. */
import { type Static, Type } from 'typebox';
import { atMs, count, money, orNull } from './values.ts';

/**
 * A step. `pending`: not begun; `running`: until `dueMs`; `done`; `failed`; `toUndo`: it may have happened and its undo
 * is still to be asked for; `undoAsked`: being undone; `undone`; `skipped`: never began; `kept`: has no undo and stays;
 * `unknown`: nobody ever learned whether it happened.
 */
export const sagaStep = Type.Object({
  name: Type.String(),
  kind: Type.Enum([
    'pending',
    'running',
    'done',
    'failed',
    'toUndo',
    'undoAsked',
    'undone',
    'skipped',
    'kept',
    'unknown',
  ]),
  /** When it came to stand like this. */
  sinceMs: orNull(atMs),
  /** Until when it has to succeed; only while it runs. */
  dueMs: orNull(atMs),
  /** The event types of the definition. */
  succeeds: Type.String(),
  fails: Type.String(),
  withinMs: Type.Number(),
  undo: orNull(Type.Object({ ask: Type.String(), done: Type.String() })),
});
export type SagaStep = Static<typeof sagaStep>;

export const sagaStatus = Type.Enum(['running', 'done', 'undoing', 'undone', 'unreadable']);
export type SagaStatus = Static<typeof sagaStatus>;

/** A saga as it stands, on its definition. */
export const saga = Type.Object({
  saga: Type.String(),
  status: sagaStatus,
  reason: orNull(Type.String()),
  startedAtMs: orNull(atMs),
  sinceMs: orNull(atMs),
  starts: Type.String(),
  steps: Type.Array(sagaStep),
  /** Names of the steps that succeeded and stand. */
  done: Type.Array(Type.String()),
  current: orNull(Type.String()),
  /** Names of what is still to come, in order: steps to succeed, or steps to be undone. */
  remaining: Type.Array(Type.String()),
  /** What the coordinator does next and when; null while it waits for somebody else, or at the end. */
  next: orNull(Type.Object({ kind: Type.String(), step: orNull(Type.String()), dueMs: orNull(atMs) })),
  isStuck: Type.Boolean(),
  attempts: count,
  lastError: orNull(Type.String()),
  ends: Type.Object({ done: Type.String(), undone: Type.String() }),
});
export type Saga = Static<typeof saga>;

/** One line of the list. */
export const sagaLine = Type.Object({
  orderId: Type.String(),
  status: sagaStatus,
  step: orNull(Type.String()),
  reason: orNull(Type.String()),
  startedAtMs: orNull(atMs),
  /** Since when it has this status. */
  sinceMs: orNull(atMs),
  dueMs: orNull(atMs),
  isStuck: Type.Boolean(),
  isOverdue: Type.Boolean(),
  next: orNull(Type.String()),
  attempts: count,
  lastError: orNull(Type.String()),
});
export type SagaLine = Static<typeof sagaLine>;

/**
 * `GET /api/sagas?status&stuck&olderThanMs&cursor&limit`: stuck ones first, then those longest in their status. Without a
 * `status` those that have not ended: stuck, then undoing, then running.
 */
export const sagaPage = Type.Object({
  sagas: Type.Array(sagaLine),
  nextCursor: orNull(Type.String()),
  /** Of all sagas that have not ended. `overdue`: past a deadline that was not judged yet. */
  counts: Type.Object({ running: count, undoing: count, stuck: count, overdue: count }),
});
export type SagaPage = Static<typeof sagaPage>;

/** An order that waits for a person. */
export const review = Type.Object({
  orderId: Type.String(),
  customerId: Type.String(),
  amount: money,
  /** Which rule of the policy wants a person; null when its event could not be read. */
  rule: orNull(Type.String()),
  /** Since when it waits, and until when it has to be decided. */
  sinceMs: orNull(atMs),
  dueMs: orNull(atMs),
  isOverdue: Type.Boolean(),
});
export type Review = Static<typeof review>;

/** `GET /api/reviews?cursor&limit`: oldest deadline first. */
export const reviewPage = Type.Object({
  reviews: Type.Array(review),
  nextCursor: orNull(Type.String()),
  /** How many wait in all. */
  waiting: count,
});
export type ReviewPage = Static<typeof reviewPage>;
