/**
 * What a saga does next: a pure function of its state and the time.
 *
 * Undo goes in strict reverse order, one step at a time, over every step that may have happened: done, or begun with
 * unknown outcome. Only a step with its own recorded failure needs none. The end comes when none is left.
 */
import type { SagaAction, SagaDefinition } from './definition.ts';
import type { SagaState, StepState } from './saga-state.ts';

/** What is next. */
export type NextAction =
  | SagaAction
  /** The saga has ended. */
  | { readonly kind: 'nothing' }
  /** The step that runs has until then (milliseconds since 1970). */
  | { readonly kind: 'waitUntil'; readonly step: string; readonly dueMs: number }
  /** An undo was asked for and is under way at its worker. */
  | { readonly kind: 'waitForUndo'; readonly step: string; readonly sinceMs: number };

/** What the saga does now. `nowMs` is milliseconds since 1970, by the clock that judges deadlines. */
export function nextAction(definition: SagaDefinition, state: SagaState, nowMs: number): NextAction {
  switch (state.status) {
    case 'done':
    case 'undone':
      return { kind: 'nothing' };
    case 'undoing':
      return nextUndo(definition, state, state.reason ?? '');
    case 'running': {
      const step = runningStep(state);
      if (!step) return { kind: 'nothing' };
      if (nowMs < step.dueMs) return { kind: 'waitUntil', step: step.name, dueMs: step.dueMs };
      const late = definition.steps.find(({ name }) => name === step.name);
      return nextUndo(definition, state, late?.lateBecause ?? '');
    }
  }
}

/** The step that a running saga waits for. */
export function runningStep(state: SagaState): Extract<StepState, { kind: 'running' }> | undefined {
  return state.steps.find((step) => step.kind === 'running');
}

/** Whether a step that is to be undone may have happened. */
export function mayHaveHappened(step: StepState): boolean {
  return step.kind === 'running' || step.kind === 'done';
}

function nextUndo(definition: SagaDefinition, state: SagaState, reason: string): NextAction {
  const asked = state.steps.find((step) => step.kind === 'undoAsked');
  if (asked) return { kind: 'waitForUndo', step: asked.name, sinceMs: asked.sinceMs };
  for (const [index, step] of [...definition.steps.entries()].toReversed()) {
    const stands = state.steps[index];
    if (step.undo && stands && mayHaveHappened(stands))
      return { kind: 'askUndo', step: step.name, type: step.undo.ask, reason };
  }
  return { kind: 'end', type: definition.ends.undone, reason };
}
