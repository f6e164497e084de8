/** Sagas as text for people. */
import { orderIdOf, streamName } from '@eventstream/contracts';
import type { SagaDescription, StepDescription } from '@eventstream/saga';
import { plainTable } from '../terminal/table.ts';

/** A table of sagas, each under its order's id, as `sagas show` takes it; ages and due times are told from `nowMs`. */
export function sagaTable(sagas: readonly SagaDescription[], nowMs: number, width?: number): string {
  const rows = sagas.map((saga) => [
    orderIdOf(streamName(saga.stream)) ?? saga.stream,
    showStatus(saga),
    saga.sinceMs === null ? '-' : ago(nowMs - saga.sinceMs),
    saga.done.join(', ') || '-',
    saga.current ?? '-',
    saga.remaining.join(', ') || '-',
    showNext(saga, nowMs),
  ]);
  return plainTable(['order', 'status', 'for', 'done', 'now', 'to come', 'next'], rows, width, ['done', 'to come']);
}

/** One saga with all its steps. */
export function sagaDetails(saga: SagaDescription, nowMs: number): string {
  const facts: readonly (readonly [string, string])[] = [
    ['saga', `${saga.saga} of ${saga.stream}`],
    ['status', showStatus(saga)],
    ['started', saga.startedAtMs === null ? '-' : timeOf(saga.startedAtMs)],
    ['next', showNext(saga, nowMs)],
    ...(saga.attempts === 0 ? [] : [['attempts', `${saga.attempts}, last: ${saga.lastError ?? '-'}`] as const]),
  ];
  const rows = saga.steps.map((step) => stepRow(step, nowMs));
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(10)}${value}`);
  return [...lines, '', plainTable(['step', 'stands', 'since', 'deadline'], rows)].join('\n');
}

const words: Readonly<Record<StepDescription['kind'], string>> = {
  pending: 'to come',
  running: 'under way',
  done: 'done',
  failed: 'failed',
  undoAsked: 'being undone',
  undone: 'undone',
  toUndo: 'to be undone',
  skipped: 'never began',
  kept: 'done, has no undo',
  unknown: 'outcome unknown',
};

function stepRow({ name, kind, sinceMs, dueMs }: StepDescription, nowMs: number): string[] {
  return [
    name,
    words[kind],
    sinceMs === null ? '-' : timeOf(sinceMs),
    dueMs === null ? '-' : `${timeOf(dueMs)}, ${until(dueMs, nowMs)}`,
  ];
}

function showStatus({ status, reason, isStuck }: SagaDescription): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `${status}${why}${isStuck ? ' STUCK' : ''}`;
}

function showNext({ next }: SagaDescription, nowMs: number): string {
  if (next === null) return '-';
  const what = next.step === null ? next.kind : `${next.kind} of ${next.step}`;
  return next.dueMs === null ? what : `${what} ${until(next.dueMs, nowMs)}`;
}

function until(dueMs: number, nowMs: number): string {
  return dueMs >= nowMs ? `in ${ago(dueMs - nowMs)}` : `due for ${ago(nowMs - dueMs)}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A span in its largest whole unit; nobody needs the seconds of a day. */
export function ago(ms: number): string {
  for (const [unit, size] of units) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return '0s';
}
