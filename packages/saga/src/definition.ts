/**
 * A saga is a list of steps. Each names its success, its failure, its deadline and its undo; the engine derives the
 * rest: when a step is late, what to undo and in which order, and the end. Nothing of orders in here.
 */
import type { EventType, LogName, RecordedEvent } from '@eventstream/contracts';

/** How a step is undone: the event that asks for it, and the event that says it is done. */
export interface Undo {
  readonly ask: EventType;
  readonly done: EventType;
}

/** One step. It begins when the step before it has succeeded (the first: when the saga starts). */
export interface SagaStep {
  /** Lower-case letters, digits and `-`: shown to people, and part of diagrams. */
  readonly name: string;
  readonly succeeds: EventType;
  readonly fails: EventType;
  /** The saga's reason when `fails` is recorded. */
  readonly failsBecause: string;
  /** How long it may take from the recorded time of the event that began it. That event's `within-ms` metadata wins over this. */
  readonly withinMs: number;
  /** The saga's reason when it is late. */
  readonly lateBecause: string;
  /** Absent: nothing to undo. */
  readonly undo?: Undo;
}

/** A whole saga. */
export interface SagaDefinition {
  readonly name: string;
  readonly log: LogName;
  readonly starts: EventType;
  readonly steps: readonly [SagaStep, ...SagaStep[]];
  /** Anybody may ask for the undo; `because` reads the reason from the event, and may throw on damage. */
  readonly cancelOn?: { readonly type: EventType; readonly because: (event: RecordedEvent) => string };
  /** Reads the reason back from what the engine appended: an undo's `ask`, or the undone end. May throw on damage. */
  readonly reasonIn: (event: RecordedEvent) => string;
  readonly ends: { readonly done: EventType; readonly undone: EventType };
}

/** An event that the engine itself appends. */
export type SagaAction =
  | { readonly kind: 'askUndo'; readonly step: string; readonly type: EventType; readonly reason: string }
  /** The undone end: nothing is left to undo. */
  | { readonly kind: 'end'; readonly type: EventType; readonly reason: string };

/** A definition that contradicts itself. */
export class BadSagaDefinition extends Error {
  readonly code = 'saga_bad_definition';

  constructor(saga: string, why: string) {
    super(`[saga_bad_definition] saga ${saga}: ${why}`);
    this.name = 'BadSagaDefinition';
  }
}

/** Checks a definition and returns it: names and event types are each used for one thing, deadlines are positive. */
export function defineSaga(definition: SagaDefinition): SagaDefinition {
  const fail = (why: string): never => {
    throw new BadSagaDefinition(definition.name, why);
  };
  const names = new Set<string>();
  const types = new Map<string, string>();
  const claim = (type: string, use: string): void => {
    const other = types.get(type);
    if (other !== undefined) fail(`${type} is both ${other} and ${use}`);
    if (!type.startsWith(`${definition.log}.`)) fail(`${type} (${use}) is not of log ${definition.log}`);
    types.set(type, use);
  };
  claim(definition.starts, 'its start');
  for (const step of definition.steps) {
    if (!/^[a-z][a-z0-9-]*$/.test(step.name)) fail(`"${step.name}" is no name for a step; write such as take-payment`);
    if (names.has(step.name)) fail(`two steps are called ${step.name}`);
    names.add(step.name);
    if (!(step.withinMs > 0)) fail(`step ${step.name} has ${step.withinMs} ms, which is no time`);
    claim(step.succeeds, `the success of ${step.name}`);
    claim(step.fails, `the failure of ${step.name}`);
    if (step.undo) {
      claim(step.undo.ask, `the undo of ${step.name}`);
      claim(step.undo.done, `the undo's end of ${step.name}`);
    }
  }
  if (definition.cancelOn) claim(definition.cancelOn.type, 'the cancel request');
  claim(definition.ends.undone, 'the undone end');
  const last = definition.steps[definition.steps.length - 1];
  if (last?.succeeds !== definition.ends.done) fail(`its good end must be the success of its last step`);
  return definition;
}
