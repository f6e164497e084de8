/**
 * What is kept of one saga: its folded state, and what is to be done next and when. Derived from events alone, page by
 * page, so that the log can always make it again.
 *
 * A row whose state cannot be carried on (an event that cannot be read, a gap, a state that another version wrote)
 * gets a fault and the action `refold`: the action loop then folds the stream again from the store, as often as it takes.
 */
import { metadataKeys, nextRevision, type RecordedEvent, type Revision, type StreamName } from '@eventstream/contracts';
import { messageOf } from '@eventstream/platform';
import type { SagaDefinition } from './definition.ts';
import { nextAction, runningStep } from './next-action.ts';
import { evolveSaga, foldSaga, type SagaState } from './saga-state.ts';

/** What the action loop is to do with a saga. */
export interface PlannedAction {
  readonly kind: 'deadline' | 'askUndo' | 'end' | 'refold';
  /** The step it is about; null for an end or a refold. */
  readonly step: string | null;
  /** Milliseconds since 1970; null: at once. */
  readonly dueMs: number | null;
}

/** One saga as it is kept. */
export interface SagaRow {
  readonly stream: StreamName;
  /** The conversation it belongs to, from the metadata of the event that started it. */
  readonly correlation: string | null;
  /** Undefined: what was kept cannot be used by this version. */
  readonly state: SagaState | undefined;
  /** The last revision that was looked at; beyond the state's own only while there is a fault. */
  readonly seenRevision: Revision;
  /** Why the state could not be carried on; null when it was. */
  readonly fault: string | null;
  readonly next: PlannedAction | null;
  /** When it counts as stuck unless something happens, milliseconds since 1970; null: never. 0: it does now. */
  readonly stuckAtMs: number | null;
}

/** How rows are derived. */
export interface RowSettings {
  /** An undo that was asked for counts as stuck after this long. */
  readonly undoStuckAfterMs: number;
}

/** The rows that a page of the log changes, given those that exist for its streams. Pure; never throws on an event. */
export function foldPage(
  definition: SagaDefinition,
  settings: RowSettings,
  page: { readonly known: ReadonlyMap<StreamName, SagaRow>; readonly events: readonly RecordedEvent[] },
): readonly SagaRow[] {
  const changed = new Map<StreamName, Folded>();
  for (const event of page.events) {
    const before = changed.get(event.stream) ?? page.known.get(event.stream);
    const after = before ? carryOn(definition, before, event) : begin(definition, event);
    if (after !== before && after) changed.set(event.stream, after);
  }
  return [...changed.values()].map((folded) => planned(definition, settings, folded));
}

/** The row of a saga as its whole stream says; undefined when the stream starts no saga. Throws on an unreadable event. */
export function rowOfStream(
  definition: SagaDefinition,
  settings: RowSettings,
  events: readonly RecordedEvent[],
): SagaRow | undefined {
  const state = foldSaga(definition, events);
  const start = events.find((event) => event.type === definition.starts);
  if (!state || !start) return undefined;
  return planned(definition, settings, {
    stream: start.stream,
    correlation: correlationOf(start),
    state,
    seenRevision: state.revision,
    fault: null,
  });
}

type Folded = Omit<SagaRow, 'next' | 'stuckAtMs'>;

function begin(definition: SagaDefinition, event: RecordedEvent): Folded | undefined {
  const state = evolveSaga(definition, undefined, event);
  const { stream, revision: seenRevision } = event;
  return state && { stream, correlation: correlationOf(event), state, seenRevision, fault: null };
}

function carryOn(definition: SagaDefinition, row: Folded, event: RecordedEvent): Folded {
  if (event.revision <= row.seenRevision) return row;
  const faulty = (fault: string): Folded => ({ ...row, seenRevision: event.revision, fault });
  if (row.fault !== null) return faulty(row.fault);
  if (!row.state || !fits(definition, row.state)) return faulty('its state was kept by another version of the saga');
  if (event.revision !== nextRevision(row.state.revision))
    return faulty(`revision ${event.revision} came after ${row.state.revision}`);
  try {
    return { ...row, seenRevision: event.revision, state: evolveSaga(definition, row.state, event) };
  } catch (error) {
    return faulty(messageOf(error));
  }
}

/** Whether a kept state is one of this definition. */
function fits(definition: SagaDefinition, state: SagaState): boolean {
  return (
    state.steps.length === definition.steps.length &&
    state.steps.every((step, index) => step.name === definition.steps[index]?.name)
  );
}

function planned(definition: SagaDefinition, settings: RowSettings, folded: Folded): SagaRow {
  if (folded.fault !== null || !folded.state)
    return { ...folded, next: { kind: 'refold', step: null, dueMs: null }, stuckAtMs: 0 };
  const running = folded.state.status === 'running' ? runningStep(folded.state) : undefined;
  if (running)
    return { ...folded, next: { kind: 'deadline', step: running.name, dueMs: running.dueMs }, stuckAtMs: null };
  const action = nextAction(definition, folded.state, 0);
  switch (action.kind) {
    case 'askUndo':
      return { ...folded, next: { kind: 'askUndo', step: action.step, dueMs: null }, stuckAtMs: null };
    case 'end':
      return { ...folded, next: { kind: 'end', step: null, dueMs: null }, stuckAtMs: null };
    case 'waitForUndo':
      return { ...folded, next: null, stuckAtMs: action.sinceMs + settings.undoStuckAfterMs };
    case 'waitUntil':
    case 'nothing':
      return { ...folded, next: null, stuckAtMs: null };
  }
}

function correlationOf(event: RecordedEvent): string | null {
  return event.metadata[metadataKeys.correlationId] ?? null;
}
