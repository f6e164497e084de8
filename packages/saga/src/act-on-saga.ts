/**
 * Carries out what is due for one saga: reads its stream from the store, decides again on that truth, and appends with
 * the revision it saw. The id is a function of the event that made the action due, so a repetition finds its own event.
 */
import { type EventId, eventId, type Metadata, metadataKeys, type RecordedEvent } from '@eventstream/contracts';
import { type AppendOutcome, type EventAppender, type EventReader, loadStream } from '@eventstream/event-store';
import { CodedError, derivedId, failpoint, withSpan } from '@eventstream/platform';
import type { SagaAction, SagaDefinition } from './definition.ts';
import { nextAction, runningStep } from './next-action.ts';
import { type RowSettings, rowOfStream, type SagaRow } from './saga-row.ts';
import { foldSaga, type SagaState } from './saga-state.ts';
import type { ClaimedRow, SagaStore } from './saga-store.ts';

/**
 * What the service provides: the data and metadata of an event that the engine appends. Pure: the same action has the
 * same data.
 */
export type Compose = (
  action: SagaAction,
  of: {
    readonly state: SagaState;
    /** The row's stream and correlation. */
    readonly row: SagaRow;
    /** The event because of which it is appended. */
    readonly cause: EventId;
  },
) => { readonly data: Uint8Array; readonly metadata: Metadata };

/** What acting needs. */
export interface Acting extends RowSettings {
  readonly definition: SagaDefinition;
  readonly store: SagaStore;
  readonly events: EventAppender & EventReader;
  readonly compose: Compose;
}

/** When a row is acted on. */
export interface Moment {
  /** By the clock that judges deadlines. */
  readonly nowMs: number;
  /** Steps whose deadlines may be judged. */
  readonly deadlinesOf: readonly string[];
}

/** What became of it. Errors of the store are thrown. */
export type Acted =
  | { readonly kind: 'appended'; readonly action: SagaAction; readonly isDeadline: boolean; readonly repeated: boolean }
  /** The row was folded again, or corrected. */
  | { readonly kind: 'refolded' }
  /** The log has moved on and wants nothing now: the sink will say so. */
  | { readonly kind: 'overtaken' };

/** A saga changes about a dozen times in its life. Losing so many races in a row means that something else is wrong. */
const racesMax = 8;

/** Acts on one claimed row. Throws what the store throws, what folding throws, and `saga_refused`, `saga_too_many_races`. */
export async function actOnSaga(acting: Acting, claimed: ClaimedRow, moment: Moment): Promise<Acted> {
  const { definition } = acting;
  const { stream } = claimed.row;
  for (let race = 0; race < racesMax; race += 1) {
    const events = await loadStream(acting.events, definition.log, stream);
    const state = foldSaga(definition, events);
    if (!state || claimed.row.next?.kind === 'refold') return refold(acting, claimed, events);
    const action = allowedAction(definition, state, moment);
    if (!action)
      return state.revision > claimed.row.seenRevision ? { kind: 'overtaken' } : refold(acting, claimed, events);
    const outcome = await appendAction(acting, claimed.row, { action, state, events });
    failpoint('saga.afterAppend');
    if (outcome.kind === 'appended')
      return { kind: 'appended', action, isDeadline: state.status === 'running', repeated: outcome.repeated };
    if (outcome.kind === 'refused')
      throw new CodedError('saga_refused', `the store refused ${action.type} for ${stream}: ${outcome.message}`, {
        details: { stream, type: action.type, refusal: outcome.code },
        nextStep: 'correct what composes this event; the saga tries again by itself',
      });
    // A conflict, or the id is known with other content: another writer was faster. Decide again on the truth.
  }
  throw new CodedError('saga_too_many_races', `${stream} changed ${racesMax} times while the saga acted on it`, {
    details: { stream },
  });
}

/** The action that is due now, unless it judges a deadline that may not be judged yet. */
function allowedAction(definition: SagaDefinition, state: SagaState, moment: Moment): SagaAction | undefined {
  const running = state.status === 'running' ? runningStep(state) : undefined;
  if (running && !moment.deadlinesOf.includes(running.name)) return undefined;
  const action = nextAction(definition, state, moment.nowMs);
  return action.kind === 'askUndo' || action.kind === 'end' ? action : undefined;
}

async function refold(acting: Acting, claimed: ClaimedRow, events: readonly RecordedEvent[]): Promise<Acted> {
  const row = rowOfStream(acting.definition, acting, events);
  if (!row)
    throw new CodedError('saga_stream_lost', `the store has no saga in ${claimed.row.stream}, which was read before`, {
      details: { stream: claimed.row.stream },
      nextStep: 'the log was restored or reset; see `npx eventstream log --help`',
    });
  return { kind: (await acting.store.replace(claimed, row)) ? 'refolded' : 'overtaken' };
}

function appendAction(
  acting: Acting,
  row: SagaRow,
  due: { readonly action: SagaAction; readonly state: SagaState; readonly events: readonly RecordedEvent[] },
): Promise<AppendOutcome> {
  const { definition } = acting;
  const { action, state, events } = due;
  const { cause } = state;
  const traceparent = events.find((event) => event.id === cause)?.metadata[metadataKeys.traceparent];
  const attributes = { saga: definition.name, stream: row.stream, reason: action.reason };
  const parent = traceparent === undefined ? {} : { parent: traceparent };
  // Inside the span, so that what is composed carries the trace on.
  return withSpan(`saga ${action.type}`, { kind: 'internal', attributes, ...parent }, () => {
    const { data, metadata } = acting.compose(action, { state, row, cause });
    const id = eventId(derivedId(cause, `${definition.name}:${action.kind === 'askUndo' ? action.step : 'end'}`));
    return acting.events.append({
      log: definition.log,
      streams: [{ stream: row.stream, expected: state.revision, events: [{ id, type: action.type, data, metadata }] }],
    });
  });
}
