/**
 * The queue in front of one log: concurrent writes join into batches, which are committed one behind the other (the next
 * one sets out early when many wait), retried while the database has a passing fault, and cut in half when it rejects
 * their values, until the offender stands alone.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { LogName } from '@eventstream/contracts';
import { Batcher, backoffMs, failpoint, type Logger, messageOf, QueueFull, Rejected } from '@eventstream/platform';
import { faultOf } from '@eventstream/platform/sql';
import { AppendFailures } from '../../failing-appends.ts';
import { type AppendOutcome, type FailingAppends, StoreOverloaded, StoreUnavailable, type Write } from '../../port.ts';
import type { SqlStoreLimits } from '../limits.ts';
import { countBatch, countRetry, countUnstored, showQueued } from './append-metrics.ts';
import type { BatchCommitter, CommittedBatch } from './commit-batch.ts';

/** A write in line. Times are of `performance.now()`. */
interface QueuedWrite {
  readonly write: Write;
  readonly bytes: number;
  readonly eventCount: number;
  readonly giveUpAtMs: number;
}

/** The answer to one write, or why there is none. */
type Answer = AppendOutcome | Rejected;

/** What a writer is made of. */
export interface LogWriterOptions {
  readonly log: LogName;
  readonly committer: BatchCommitter;
  readonly limits: SqlStoreLimits;
  readonly logger: Logger;
}

/** One that the database works on, and one that is decided and waits for the head's row. A third would only wait. */
const commitsMax = 2;
const pauses = { firstMs: 10, maxMs: 500, jitter: 'full' } as const;

/** Appends to one log. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #batcher: Batcher<QueuedWrite, AppendOutcome>;
  readonly #failures = new AppendFailures();
  #queuedBytes = 0;
  #heldBecause: string | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    const { batchEventsMax, batchBytesMax, queuedMax, overlapFrom } = options.limits;
    const bytesPerEvent = batchBytesMax / batchEventsMax;
    this.#batcher = new Batcher({
      maxItems: batchEventsMax,
      maxBytes: batchBytesMax,
      // A write weighs its bytes, but at least its share of a batch of the most events: one bound keeps both limits.
      sizeOf: ({ bytes, eventCount }) => Math.max(bytes, eventCount * bytesPerEvent),
      maxQueued: queuedMax,
      maxInFlight: commitsMax,
      overlapFrom,
      mayOverlap: () => !options.committer.isShared,
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
    const { limits } = this.#options;
    if (this.#heldBecause !== undefined) return Promise.reject(this.#held(this.#heldBecause, 1));
    if (this.#queuedBytes + bytes > limits.queuedBytesMax) return Promise.reject(this.#overloaded());
    const giveUpAtMs = performance.now() + Math.min(deadlineInMs, limits.answerWithinMs);
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
    this.#heldBecause = reason;
  }

  /** Undefined: the last ones were stored, or nobody tries. */
  get failing(): FailingAppends | undefined {
    return this.#failures.current;
  }

  /** Commits what is queued and takes no more. */
  close(): Promise<void> {
    return this.#batcher.close();
  }

  #overloaded(cause?: Error): StoreOverloaded {
    countUnstored(this.#options.log, 'overloaded', 1);
    return new StoreOverloaded(this.#batcher.queued, cause);
  }

  async #run(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    showQueued(this.#options.log, this.#batcher.queued);
    try {
      return await this.#answer(queued);
    } finally {
      for (const { bytes } of queued) this.#queuedBytes -= bytes;
    }
  }

  /** Writes whose callers have given up are dropped now, before anything of them is stored; never later. */
  async #answer(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    const now = performance.now();
    if (queued.every(({ giveUpAtMs }) => giveUpAtMs > now)) return this.#settle(queued);
    const alive = queued.filter(({ giveUpAtMs }) => giveUpAtMs > now);
    const answers = alive.length === 0 ? [] : await this.#settle(alive);
    let next = 0;
    return queued.map(({ giveUpAtMs }) => {
      const answer = giveUpAtMs > now ? answers[next++] : undefined;
      return answer ?? new Rejected(this.#overloaded());
    });
  }

  /** Commits the writes, each batch or half of one until it is answered. */
  async #settle(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    const giveUpAtMs = Math.max(...queued.map((write) => write.giveUpAtMs));
    for (let attempt = 1; ; attempt += 1) {
      if (this.#heldBecause !== undefined) {
        const error = this.#held(this.#heldBecause, queued.length);
        return queued.map(() => new Rejected(error));
      }
      try {
        const answers = await this.#commit(queued);
        this.#failures.succeeded();
        return answers;
      } catch (error) {
        const fault = faultOf(error);
        if (fault === 'refused') return this.#isolate(queued, error);
        if (fault === 'bug') {
          this.#failed(error, queued.length);
          throw error;
        }
        const pauseMs = backoffMs(pauses, attempt);
        if (performance.now() + pauseMs > giveUpAtMs) return this.#unavailable(queued, error);
        this.#options.logger.warn({ err: error, fault, log: this.#options.log }, 'a commit is tried again');
        countRetry(this.#options.log, fault);
        await wait(pauseMs);
      }
    }
  }

  async #commit(queued: readonly QueuedWrite[]): Promise<readonly Answer[]> {
    const { committer } = this.#options;
    const writes = queued.map(({ write }) => write);
    const first = await this.#measured(() => committer.commit(writes));
    const undecided = writes.filter((_, index) => first.outcomes[index] === undefined);
    const second = undecided.length === 0 ? undefined : await this.#measured(() => committer.commitSafely(undecided));
    let next = 0;
    return first.outcomes.map((decided) => {
      const outcome = decided ?? second?.outcomes[next++];
      if (outcome === undefined) throw new Error('a safe commit decides every write');
      return outcome;
    });
  }

  async #measured(commit: () => Promise<CommittedBatch>): Promise<CommittedBatch> {
    const startedAt = performance.now();
    failpoint('append.beforeCommit');
    const batch = await commit();
    countBatch(this.#options.log, batch, (performance.now() - startedAt) / 1000);
    return batch;
  }

  /** The database rejects some value that validation let pass: halves the batch, so that only its owner is refused. */
  async #isolate(queued: readonly QueuedWrite[], error: unknown): Promise<readonly Answer[]> {
    const { log, logger } = this.#options;
    if (queued.length > 1) {
      const middle = Math.floor(queued.length / 2);
      const first = await this.#settle(queued.slice(0, middle));
      return [...first, ...(await this.#settle(queued.slice(middle)))];
    }
    logger.error({ err: error, log, write: queued[0]?.write }, 'the database refuses a write that passed validation');
    countUnstored(log, 'refused', 1);
    const message = `the database refuses it: ${messageOf(error)}`;
    return [{ kind: 'refused', code: 'bad-write', message }];
  }

  #held(reason: string, writes: number): StoreUnavailable {
    const { log } = this.#options;
    countUnstored(log, 'unavailable', writes);
    return new StoreUnavailable('write', `log ${log} is not written to: ${reason}`);
  }

  #failed(cause: unknown, writes: number): void {
    countUnstored(this.#options.log, 'unavailable', writes);
    this.#failures.failed(cause);
  }

  #unavailable(queued: readonly QueuedWrite[], cause: unknown): readonly Answer[] {
    this.#failed(cause, queued.length);
    const error = new StoreUnavailable('write', `the database did not commit: ${messageOf(cause)}`, cause);
    return queued.map(() => new Rejected(error));
  }
}
