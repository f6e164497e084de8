/**
 * Holds the coordinator's row of an order against the saga that the log tells. Pure.
 * The row must have got as far as the coordinator says, and have due what its saga wants next: a deadline that is lost or
 * moved would otherwise show only by an order that never ends.
 */
import { metadataKeys, type RecordedEvent } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults, hasEnded, type PlacedOrder } from '@eventstream/domain';
import { type PlannedAction, rowOfStream } from '@eventstream/saga';
import type { Progress, SagaEvidence, StreamEvidence } from '../evidence.ts';
import type { Differs } from '../findings.ts';

const definition = fulfilment(fulfilmentDefaults);
/** Not judged here: a stuck undo is a remark. */
const settings = { undoStuckAfterMs: 0 };

/** Checks one order's saga. */
export function checkSaga(
  order: PlacedOrder,
  { events, saga }: StreamEvidence,
  progress: Progress,
  differs: Differs,
): void {
  const read = events.findLast((event) => event.position <= progress.sagas);
  if (!read) return;
  if (!saga) {
    // The row of an ended saga is forgotten after a while.
    if (!hasEnded(order)) differs('nothingDropped', 'the coordinator has passed the order and keeps no saga of it');
    return;
  }
  if (saga.revision < read.revision) {
    const where = `at revision ${saga.revision}; the coordinator has passed revision ${read.revision}`;
    differs('nothingDropped', `the saga is ${where}`);
    return;
  }
  // Newer than what is verified; or one that could not be carried on, which people see as stuck.
  if (saga.revision > events.length || saga.hasFault) return;
  const wrong = differenceOf(saga, events.slice(0, saga.revision));
  if (wrong) differs('nothingDropped', wrong);
}

function differenceOf(saga: SagaEvidence, seen: readonly RecordedEvent[]): string | undefined {
  const told = rowOfStream(definition, settings, seen);
  const status = told?.state?.status;
  if (!told || saga.status !== status)
    return `the saga says ${saga.status} at revision ${saga.revision}; the log says ${status ?? 'that there is none'}`;
  if (told.next && (!saga.next || !saga.isScheduled))
    return `the saga has neither a deadline nor an action due; the log wants its ${shown(told.next)}`;
  if (saga.next?.kind !== told.next?.kind || saga.next?.step !== told.next?.step)
    return `the saga has its ${shown(saga.next)} due; the log wants its ${shown(told.next)}`;
  if (saga.next?.dueMs !== told.next?.dueMs && wasNoted(seen))
    return `the saga's ${shown(saga.next)} is due at ${at(saga.next)}; the log says ${at(told.next)}`;
  return undefined;
}

/** Deadlines that were not noted with the events are the coordinator's setting, which is not known here. */
function wasNoted(seen: readonly RecordedEvent[]): boolean {
  return seen.every(({ type, metadata }) => !begins.has(type) || metadata[metadataKeys.withinMs] !== undefined);
}

/** What begins a step: the start of the saga, and the success of a step that is not the last. */
const begins = new Set<string>([definition.starts, ...definition.steps.slice(0, -1).map((step) => step.succeeds)]);

function shown(next: PlannedAction | null | undefined): string {
  if (!next) return 'nothing';
  return next.step === null ? next.kind : `${next.kind} of ${next.step}`;
}

function at(next: PlannedAction | null): string {
  const dueMs = next?.dueMs ?? undefined;
  return dueMs === undefined ? 'no time' : new Date(dueMs).toISOString();
}
