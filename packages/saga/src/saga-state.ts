/**
 * The state of one saga: the fold of its stream's events by the definition alone.
 *
 * Facts count in every state but an end: a step may succeed while the saga undoes, and then has to be undone too. The
 * first reason wins. Nothing follows an end. The state is plain JSON, so that it can be kept in a row as it is.
 */
import { type EventId, metadataKeys, type RecordedEvent, type Revision } from '@eventstream/contracts';
import type { SagaDefinition, SagaStep } from './definition.ts';

/** Where one step stands. Times are recorded times, milliseconds since 1970. */
export type StepState =
  | { readonly kind: 'pending'; readonly name: string }
  /** Begun, outcome unknown; late at `dueMs`. A saga that undoes leaves it like this: it may have happened. */
  | { readonly kind: 'running'; readonly name: string; readonly sinceMs: number; readonly dueMs: number }
  | { readonly kind: 'done'; readonly name: string; readonly atMs: number }
  /** `askedMs`: since when its undo had been asked for before it was known to have failed; null: it had not. */
  | { readonly kind: 'failed'; readonly name: string; readonly atMs: number; readonly askedMs: number | null }
  | { readonly kind: 'undoAsked'; readonly name: string; readonly sinceMs: number }
  /** Closed for good: a success recorded after this changes nothing. */
  | { readonly kind: 'undone'; readonly name: string; readonly atMs: number };

/** Where a saga can stand, in the order of a life. */
export const sagaStatuses = ['running', 'undoing', 'done', 'undone'] as const;
/** Where a saga stands. */
export type SagaStatus = (typeof sagaStatuses)[number];

/** One saga. */
export interface SagaState {
  readonly status: SagaStatus;
  /** Why it undoes or undid; null while it runs and when it is done. */
  readonly reason: string | null;
  /** One for each step of the definition, in its order. */
  readonly steps: readonly StepState[];
  /** The last event that meant something: what is done next is done because of it. */
  readonly cause: EventId;
  readonly startedAtMs: number;
  /** Since when it has this status. */
  readonly sinceMs: number;
  /** The last revision folded, whether it meant something or not. */
  readonly revision: Revision;
}

/** The form of `SagaState` as JSON. A row that was written with another one is folded again from the store. */
export const sagaStateVersion = 1;

/** The saga after one more event of its stream; undefined as long as the event that starts it has not come. */
export function evolveSaga(
  definition: SagaDefinition,
  state: SagaState | undefined,
  event: RecordedEvent,
): SagaState | undefined {
  if (state === undefined) return event.type === definition.starts ? begin(definition, event) : undefined;
  const seen = { ...state, revision: event.revision };
  if (hasEnded(state)) return seen;
  const after = afterFact(definition, seen, event);
  return after === seen ? seen : { ...after, cause: event.id };
}

/** The saga after all of these events, oldest first and without a gap. */
export function foldSaga(definition: SagaDefinition, events: Iterable<RecordedEvent>): SagaState | undefined {
  let state: SagaState | undefined;
  for (const event of events) state = evolveSaga(definition, state, event);
  return state;
}

/** Whether nothing can follow. */
export function hasEnded(state: SagaState): boolean {
  return state.status === 'done' || state.status === 'undone';
}

function begin(definition: SagaDefinition, event: RecordedEvent): SagaState {
  return {
    status: 'running',
    reason: null,
    steps: definition.steps.map((step, index) => (index === 0 ? running(step, event) : pending(step))),
    cause: event.id,
    startedAtMs: event.recordedAtMs,
    sinceMs: event.recordedAtMs,
    revision: event.revision,
  };
}

/** Answers `state` itself when the event means nothing to the saga. */
function afterFact(definition: SagaDefinition, state: SagaState, event: RecordedEvent): SagaState {
  if (event.type === definition.ends.undone)
    return {
      ...undoing(state, event, () => definition.reasonIn(event)),
      status: 'undone',
      sinceMs: event.recordedAtMs,
    };
  if (event.type === definition.cancelOn?.type)
    return undoing(state, event, () => definition.cancelOn?.because(event) ?? '');
  for (const [index, step] of definition.steps.entries()) {
    if (event.type === step.succeeds) return succeeded(definition, withStep(state, index, done(event)), index, event);
    if (event.type === step.fails)
      return undoing(withStep(state, index, failed(event)), event, () => step.failsBecause);
    if (event.type === step.undo?.ask)
      return undoing(withStep(state, index, undoAsked(event)), event, () => definition.reasonIn(event));
    // Undone without having been asked: the step can't succeed any more.
    if (event.type === step.undo?.done)
      return undoing(withStep(state, index, undone(event)), event, () => step.failsBecause);
  }
  return state;
}

/** The saga on its way back; a reason it already has is kept, and the new one is not even read. */
function undoing(state: SagaState, event: RecordedEvent, because: () => string): SagaState {
  if (state.status !== 'running') return { ...state };
  return { ...state, status: 'undoing', reason: because(), sinceMs: event.recordedAtMs };
}

/** While running, the next step begins, or the saga is done. While undoing, nothing new begins. */
function succeeded(definition: SagaDefinition, state: SagaState, index: number, event: RecordedEvent): SagaState {
  if (state.status !== 'running') return state;
  if (index === definition.steps.length - 1) return { ...state, status: 'done', sinceMs: event.recordedAtMs };
  // A later step may have succeeded before its turn: then the one that runs is still waited for.
  if (state.steps.some((step) => step.kind === 'running')) return state;
  const next = state.steps.findIndex((step) => step.kind === 'pending');
  const step = definition.steps[next];
  return step ? withStep(state, next, () => running(step, event)) : state;
}

function withStep(state: SagaState, index: number, change: (step: StepState) => StepState): SagaState {
  return { ...state, steps: state.steps.map((step, at) => (at === index ? change(step) : step)) };
}

const pending = (step: SagaStep): StepState => ({ kind: 'pending', name: step.name });

function running(step: SagaStep, event: RecordedEvent): StepState {
  const sinceMs = event.recordedAtMs;
  return { kind: 'running', name: step.name, sinceMs, dueMs: sinceMs + (notedWithinMs(event) ?? step.withinMs) };
}

/** The time allowed when the step began, if whoever began it noted that. Anything but a positive number is ignored. */
function notedWithinMs(event: RecordedEvent): number | undefined {
  const noted = event.metadata[metadataKeys.withinMs];
  return noted !== undefined && /^[1-9][0-9]{0,12}$/.test(noted) ? Number(noted) : undefined;
}

/**
 * A success is believed even after a failure, since undoing once too often is harmless; but no undo is asked for twice.
 */
function done({ recordedAtMs: atMs }: RecordedEvent): (step: StepState) => StepState {
  return (step) => {
    if (step.kind === 'undoAsked' || step.kind === 'undone') return step;
    if (step.kind === 'failed' && step.askedMs !== null)
      return { kind: 'undoAsked', name: step.name, sinceMs: step.askedMs };
    return { kind: 'done', name: step.name, atMs };
  };
}

/** A failure settles an undo that was asked for: what never happened needs none. It does not take back a success. */
function failed({ recordedAtMs: atMs }: RecordedEvent): (step: StepState) => StepState {
  return (step) => {
    if (step.kind === 'done' || step.kind === 'undone' || step.kind === 'failed') return step;
    return { kind: 'failed', name: step.name, atMs, askedMs: step.kind === 'undoAsked' ? step.sinceMs : null };
  };
}

function undoAsked({ recordedAtMs: sinceMs }: RecordedEvent): (step: StepState) => StepState {
  return (step) =>
    step.kind === 'undoAsked' || step.kind === 'undone' ? step : { kind: 'undoAsked', name: step.name, sinceMs };
}

function undone({ recordedAtMs: atMs }: RecordedEvent): (step: StepState) => StepState {
  return (step) => (step.kind === 'undone' ? step : { kind: 'undone', name: step.name, atMs });
}
