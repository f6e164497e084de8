/**
 * The queue in front of one log: concurrent writes join into batches, which are committed one behind the other (the next
 * one sets out early when many wait). What it has no room for is refused at once, and what nobody waits for any more is
 * dropped before anything of it is stored.
 */
import type { LogName } from '@eventstream/contracts';
import { Batcher, type Logger, QueueFull, Rejected } from '@eventstream/platform';
import { type AppendOutcome, type FailingAppends, StoreOverloaded, type Write } from '../../port.ts';
import type { SqlStoreLimits } from '../limits.ts';
import { countUnstored, showQueued } from './append-metrics.ts';
import type { BatchCommitter } from './commit-batch.ts';
import { type Answer, type AwaitedWrite, filledIn, PatientCommitter } from './patient-committer.ts';

/** A write in line. */
interface QueuedWrite extends AwaitedWrite {
  readonly bytes: number;
  readonly eventCount: number;
}

/** What a writer is made of. */
export interface LogWriterOptions {
  readonly log: LogName;
  readonly committer: BatchCommitter;
  readonly limits: SqlStoreLimits;
  readonly logger: Logger;
}

/** One that the database works on, and one that is decided and waits for the head's row. A third would only wait. */
const commitsMax = 2;

/** Appends to one log. */
export class LogWriter {
  readonly #log: LogName;
  readonly #limits: SqlStoreLimits;
  readonly #batcher: Batcher<QueuedWrite, AppendOutcome>;
  readonly #committer: PatientCommitter;
  #queuedBytes = 0;

  constructor({ log, committer, limits, logger }: LogWriterOptions) {
    this.#log = log;
    this.#limits = limits;
    this.#committer = new PatientCommitter({ log, committer, logger });
    const { batchEventsMax, batchBytesMax, queuedMax, overlapFrom } = limits;
    const bytesPerEvent = batchBytesMax / batchEventsMax;
    this.#batcher = new Batcher({
      maxItems: batchEventsMax,
      maxBytes: batchBytesMax,
      // A write weighs its bytes, but at least its share of a batch of the most events: one bound keeps both limits.
      sizeOf: ({ bytes, eventCount }) => Math.max(bytes, eventCount * bytesPerEvent),
      maxQueued: queuedMax,
      maxInFlight: commitsMax,
      overlapFrom,
      mayOverlap: () => !committer.isShared,
      span: 'commit',
      run: (queued) => this.#run(queued),
    });
  }

  /** Queues a write that has passed `validateWrite`. `deadlineInMs`: when its caller stops waiting. */
  append(
    write: Write,
    { bytes, eventCount }: { readonly bytes: number; readonly eventCount: number },
    deadlineInMs: number,
  ): Promise<AppendOutcome> {
    const refusal = this.#committer.refusalWhileHeld(1);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (this.#queuedBytes + bytes > this.#limits.queuedBytesMax) return Promise.reject(this.#overloaded());
    const giveUpAtMs = performance.now() + Math.min(deadlineInMs, this.#limits.answerWithinMs);
    try {
      const answer = this.#batcher.submit({ write, bytes, eventCount, giveUpAtMs });
      this.#queuedBytes += bytes;
      return answer;
    } catch (error) {
      return Promise.reject(error instanceof QueueFull ? this.#overloaded(error) : error);
    }
  }

  /** Refuses writes for this reason, also those in line; undefined: takes them again. */
  hold(reason: string | undefined): void {
    this.#committer.hold(reason);
  }

  /** Undefined: the last ones were stored, or nobody tries. */
  get failing(): FailingAppends | undefined {
    return this.#committer.failing;
  }

  /** Commits what is queued and takes no more. */
  close(): Promise<void> {
    return this.#batcher.close();
  }

  async #run(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    showQueued(this.#log, this.#batcher.queued);
    try {
      return await this.#answerThoseWhoWait(queued);
    } finally {
      for (const { bytes } of queued) this.#queuedBytes -= bytes;
    }
  }

  /** Writes whose callers have given up are dropped now, before anything of them is stored; never later. */
  async #answerThoseWhoWait(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    const now = performance.now();
    const alive = queued.filter(({ giveUpAtMs }) => giveUpAtMs > now);
    if (alive.length === queued.length) return this.#committer.answer(queued);
    const dropped = queued.map(({ giveUpAtMs }) => (giveUpAtMs > now ? undefined : new Rejected(this.#overloaded())));
    return filledIn<Answer>(dropped, alive.length === 0 ? [] : await this.#committer.answer(alive));
  }

  #overloaded(cause?: Error): StoreOverloaded {
    countUnstored(this.#log, 'overloaded', 1);
    return new StoreOverloaded(this.#batcher.queued, cause);
  }
}
