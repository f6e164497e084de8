/** Saga rows to and from SQL. */
import { type LogName, revision, type StreamName, streamName } from '@eventstream/contracts';
import { runningStep } from '../next-action.ts';
import type { PlannedAction, SagaRow } from '../saga-row.ts';
import type { SagaState } from '../saga-state.ts';
import { decodeSagaState, encodeSagaState } from '../saga-state-json.ts';
import type { RowPage, SagaEntry } from '../saga-store.ts';

/** The columns that make a `SagaRow`. */
export const rowColumns =
  'stream, correlation, state, seen_revision, fault, next_action, next_step, due_at, stuck_at, attempts, last_error';

/** What is due, as it comes back. */
export interface StoredAction {
  readonly next_action: string | null;
  readonly next_step: string | null;
  readonly due_at: Date | null;
}

/** How a row comes back. */
export interface StoredSaga extends StoredAction {
  readonly stream: string;
  readonly correlation: string | null;
  readonly state: string;
  readonly seen_revision: bigint;
  readonly fault: string | null;
  readonly stuck_at: Date | null;
  readonly attempts: bigint;
  readonly last_error: string | null;
}

/** A stored saga as the engine knows it. */
export function toRow(stored: StoredSaga): SagaRow {
  return {
    stream: streamName(stored.stream),
    correlation: stored.correlation,
    state: decodeSagaState(stored.state),
    seenRevision: revision(stored.seen_revision),
    fault: stored.fault,
    next: toPlanned(stored),
    stuckAtMs: stored.stuck_at?.getTime() ?? null,
  };
}

/** A stored saga as people see it. */
export function toEntry(stored: StoredSaga & { readonly is_stuck: boolean }): SagaEntry {
  return {
    row: toRow(stored),
    dueMs: stored.due_at?.getTime() ?? null,
    attempts: Number(stored.attempts),
    lastError: stored.last_error,
    isStuck: stored.is_stuck,
  };
}

/** What is due, as the engine knows it. */
export function toPlanned(stored: StoredAction): PlannedAction | null {
  const { next_action: kind, next_step: step, due_at } = stored;
  switch (kind) {
    case null:
      return null;
    case 'deadline':
      return { kind, step, dueMs: due_at?.getTime() ?? null };
    case 'askUndo':
    case 'end':
      return { kind, step, dueMs: null };
    default:
      // Also what a later version may have planned: this one reads the stream and decides for itself.
      return { kind: 'refold', step: null, dueMs: null };
  }
}

/**
 * Rows over those that exist, free of claims and failures, once for each row of `from`. $1 and $2 are the saga and its
 * log, $3 to $17 the columns.
 */
const upsertFrom = (
  from: string,
): string => `insert into sagas (saga, log, stream, correlation, state, status, step, reason,
      started_at, since, revision, seen_revision, fault, next_action, next_step, due_at, try_at, attempts, last_error,
      stuck_at, claimed_by, claim_until)
    select $1, $2, w.stream, w.correlation, w.state, w.status, w.step, w.reason,
      to_timestamp(w.started_ms / 1000.0), to_timestamp(w.since_ms / 1000.0), w.revision, w.seen_revision, w.fault,
      w.next_action, w.next_step,
      case when w.next_action is null then null else coalesce(to_timestamp(w.due_ms / 1000.0), now()) end,
      case when w.next_action is null then null else coalesce(to_timestamp(w.due_ms / 1000.0), now()) end,
      0, w.fault, to_timestamp(w.stuck_ms / 1000.0), null, null
    from ${from}unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[], $10::float8[],
      $11::int8[], $12::int8[], $13::text[], $14::text[], $15::text[], $16::float8[], $17::float8[])
      as w (stream, correlation, state, status, step, reason, started_ms, since_ms,
        revision, seen_revision, fault, next_action, next_step, due_ms, stuck_ms)
    on conflict (saga, stream) do update set correlation = excluded.correlation, state = excluded.state,
      status = excluded.status, step = excluded.step, reason = excluded.reason, started_at = excluded.started_at,
      since = excluded.since, revision = excluded.revision, seen_revision = excluded.seen_revision,
      fault = excluded.fault, next_action = excluded.next_action, next_step = excluded.next_step,
      due_at = excluded.due_at, try_at = excluded.try_at, attempts = 0, last_error = excluded.last_error,
      stuck_at = excluded.stuck_at, claimed_by = null, claim_until = null`;

/** Writes rows whatever the checkpoint. */
export const upsertRows = { name: 'saga-upsert', text: upsertFrom('') };

/**
 * Moves the checkpoint and writes rows: one way to the database and one commit, where a transaction of the two is four
 * ways. It answers one row, or none and has changed nothing: the checkpoint is not where the page begins, because
 * somebody else was faster, or because this very statement was and its answer was lost. So it may be sent again when
 * nobody knows whether it held. Rows come `from moved`: where the checkpoint did not move there is none to write.
 */
export const writePage = {
  name: 'saga-page',
  text: `with moved as (
      update saga_checkpoints set position = $19::int8 where saga = $1 and position = $18::int8 and incarnation = $20
      returning saga
    ), written as (
      ${upsertFrom('moved, ')}
      returning 1
    )
    select saga from moved`,
};

/** The parameters of `writePage`. */
export function pageValues(
  saga: string,
  log: LogName,
  page: Pick<RowPage, 'after' | 'to' | 'incarnation'> & { readonly rows: readonly SagaRow[] },
): readonly unknown[] {
  return [...upsertValues(saga, log, page.rows), page.after, page.to, page.incarnation];
}

/** The parameters of `upsertRows`. */
export function upsertValues(saga: string, log: LogName, rows: readonly SagaRow[]): readonly unknown[] {
  const column = <T>(of: (row: SagaRow) => T): readonly T[] => rows.map(of);
  return [
    saga,
    log,
    column((row): StreamName => row.stream),
    column((row) => row.correlation),
    column((row) => (row.state ? encodeSagaState(row.state) : '{}')),
    column((row) => row.state?.status ?? 'running'),
    column((row) => row.state && shownStep(row.state)),
    column((row) => row.state?.reason ?? null),
    column((row) => row.state?.startedAtMs ?? 0),
    column((row) => row.state?.sinceMs ?? 0),
    column((row) => row.state?.revision ?? 0),
    column((row) => row.seenRevision),
    column((row) => row.fault),
    column((row) => row.next?.kind ?? null),
    column((row) => row.next?.step ?? null),
    column((row) => row.next?.dueMs ?? null),
    column((row) => row.stuckAtMs),
  ];
}

/** The step a saga is at: the one that runs or is being undone. */
function shownStep(state: SagaState): string | null {
  const asked = state.steps.find((step) => step.kind === 'undoAsked');
  return (asked ?? runningStep(state))?.name ?? null;
}
