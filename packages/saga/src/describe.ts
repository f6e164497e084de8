/** One saga in words that people and programs can use: what is done, what is under way, what remains, until when. */
import type { SagaDefinition } from './definition.ts';
import { mayHaveHappened } from './next-action.ts';
import type { SagaStatus, StepState } from './saga-state.ts';
import type { SagaEntry } from './saga-store.ts';

/** A step as it stands. Times are milliseconds since 1970. */
export interface StepDescription {
  readonly name: string;
  /**
   * `toUndo`: it may have happened and its undo is still to be asked for. `skipped`: it never began. `kept`: it has no
   * undo, so it stays as it is. `unknown`: the saga undid, or undoes, without ever learning whether it happened.
   */
  readonly kind: StepState['kind'] | 'toUndo' | 'skipped' | 'kept' | 'unknown';
  /** When it came to stand like this; null for steps that have not begun. */
  readonly sinceMs: number | null;
  /** Until when it has to succeed; only while it runs. */
  readonly dueMs: number | null;
}

/** A saga. */
export interface SagaDescription {
  readonly saga: string;
  readonly stream: string;
  readonly correlation: string | null;
  /** `unreadable`: its row is to be folded again from the store. */
  readonly status: SagaStatus | 'unreadable';
  readonly reason: string | null;
  readonly startedAtMs: number | null;
  readonly sinceMs: number | null;
  readonly steps: readonly StepDescription[];
  /** Names of the steps that succeeded and stand. */
  readonly done: readonly string[];
  /** The step that runs or is being undone; null when none is. */
  readonly current: string | null;
  /** What is still to come, in order: steps to succeed while it runs, steps to be undone while it undoes. */
  readonly remaining: readonly string[];
  /** What the coordinator does next and when; null when it waits for somebody else or the saga has ended. */
  readonly next: { readonly kind: string; readonly step: string | null; readonly dueMs: number | null } | null;
  readonly isStuck: boolean;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** Describes a saga as it is kept. Pure. */
export function describeSaga(definition: SagaDefinition, entry: SagaEntry): SagaDescription {
  const { row, dueMs, attempts, lastError, isStuck } = entry;
  const status = row.fault === null ? (row.state?.status ?? 'unreadable') : 'unreadable';
  const steps = (row.state?.steps ?? []).map((step) => describeStep(definition, row.state?.status ?? 'running', step));
  const names = (kinds: readonly StepDescription['kind'][]): readonly string[] =>
    steps.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return {
    saga: definition.name,
    stream: row.stream,
    correlation: row.correlation,
    status,
    reason: row.state?.reason ?? null,
    startedAtMs: row.state?.startedAtMs ?? null,
    sinceMs: row.state?.sinceMs ?? null,
    steps,
    done: names(['done', 'kept']),
    current: names(['running', 'undoAsked'])[0] ?? null,
    remaining: status === 'undoing' ? names(['toUndo']).toReversed() : names(['pending']),
    next: row.next && { kind: row.next.kind, step: row.next.step, dueMs },
    isStuck,
    attempts,
    lastError,
  };
}

function describeStep(definition: SagaDefinition, status: SagaStatus, step: StepState): StepDescription {
  const goesBack = status === 'undoing' || status === 'undone';
  const hasUndo = definition.steps.some(({ name, undo }) => name === step.name && undo !== undefined);
  const stands = { name: step.name, sinceMs: sinceOf(step), dueMs: null };
  if (goesBack && step.kind === 'pending') return { ...stands, kind: 'skipped' };
  if (goesBack && mayHaveHappened(step)) {
    if (hasUndo && status === 'undoing') return { ...stands, kind: 'toUndo' };
    return { ...stands, kind: step.kind === 'done' ? 'kept' : 'unknown' };
  }
  return { ...stands, kind: step.kind, dueMs: step.kind === 'running' ? step.dueMs : null };
}

function sinceOf(step: StepState): number | null {
  switch (step.kind) {
    case 'pending':
      return null;
    case 'running':
    case 'undoAsked':
      return step.sinceMs;
    case 'done':
    case 'failed':
    case 'undone':
      return step.atMs;
  }
}
