/** What the append path tells Prometheus, per log. */
import type { LogName } from '@eventstream/contracts';
import { countBuckets, counter, gauge, histogram } from '@eventstream/platform';
import type { AppendOutcome } from '../../port.ts';
import type { CommittedBatch } from './commit-batch.ts';

const outcomes = counter('eventstore_append_outcomes_total', 'Answers to appended writes, by kind.', [
  'log',
  'outcome',
]);
const batches = counter(
  'eventstore_batches_total',
  'Batches committed, by path: fast is one statement; safe also decides again what a fast one left undecided.',
  ['log', 'path'],
);
const batchWrites = histogram('eventstore_batch_writes', 'Writes joined into one commit.', ['log'], countBuckets);
const commitSeconds = histogram('eventstore_commit_seconds', 'Time of one commit, retries included.', ['log']);
const queued = gauge('eventstore_queued_writes', 'Writes that wait for their commit.', ['log']);
const retries = counter('eventstore_commit_retries_total', 'Commits repeated after a database error.', [
  'log',
  'fault',
]);

/** Counts a committed batch; once per batch, so that it costs nothing per write. */
export function countBatch(log: LogName, { path, outcomes: answers }: CommittedBatch, seconds: number): void {
  batches.inc({ log, path });
  batchWrites.observe({ log }, answers.length);
  commitSeconds.observe({ log }, seconds);
  const counts = { appended: 0, repeated: 0, conflict: 0, idReused: 0, refused: 0 };
  for (const answer of answers) {
    if (answer === undefined) continue;
    counts[answer.kind === 'appended' && answer.repeated ? 'repeated' : answer.kind] += 1;
  }
  for (const [outcome, count] of Object.entries(counts)) if (count > 0) outcomes.inc({ log, outcome }, count);
}

/** Counts writes that were answered without a commit. */
export function countUnstored(
  log: LogName,
  outcome: AppendOutcome['kind'] | 'overloaded' | 'unavailable',
  count: number,
): void {
  outcomes.inc({ log, outcome }, count);
}

/** Counts a commit that is tried again. */
export function countRetry(log: LogName, fault: string): void {
  retries.inc({ log, fault });
}

/** Tells how many writes wait. */
export function showQueued(log: LogName, count: number): void {
  queued.set({ log }, count);
}
