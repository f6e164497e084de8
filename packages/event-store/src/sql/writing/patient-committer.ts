/**
 * Commits a batch until each of its writes has an answer: again while the database has a passing fault, and in halves when
 * it rejects their values, until the offender stands alone.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { LogName } from '@eventstream/contracts';
import { backoffMs, failpoint, type Logger, messageOf, Rejected } from '@eventstream/platform';
import { faultOf } from '@eventstream/platform/sql';
import { AppendFailures } from '../../failing-appends.ts';
import { type AppendOutcome, type FailingAppends, StoreUnavailable, type Write } from '../../port.ts';
import { countBatch, countRetry, countUnstored } from './append-metrics.ts';
import type { BatchCommitter, CommittedBatch } from './commit-batch.ts';

/** A write that somebody waits for, until a time of `performance.now()`. */
export interface AwaitedWrite {
  readonly write: Write;
  readonly giveUpAtMs: number;
}

/** The answer to one write, or why there is none. */
export type Answer = AppendOutcome | Rejected;

/** What it is made of. */
export interface PatientCommitterOptions {
  readonly log: LogName;
  readonly committer: BatchCommitter;
  readonly logger: Logger;
}

const pauses = { firstMs: 10, maxMs: 500, jitter: 'full' } as const;

/** Commits batches of one log, however often that takes. */
export class PatientCommitter {
  readonly #log: LogName;
  readonly #committer: BatchCommitter;
  readonly #logger: Logger;
  readonly #failures = new AppendFailures();
  #heldBecause: string | undefined;

  constructor({ log, committer, logger }: PatientCommitterOptions) {
    this.#log = log;
    this.#committer = committer;
    this.#logger = logger;
  }

  /** Refuses writes for this reason, also those that are tried again; undefined: takes them again. */
  hold(reason: string | undefined): void {
    this.#heldBecause = reason;
  }

  /** The refusal of so many writes while they are held. */
  refusalWhileHeld(writes: number): StoreUnavailable | undefined {
    if (this.#heldBecause === undefined) return undefined;
    countUnstored(this.#log, 'unavailable', writes);
    return new StoreUnavailable('write', `log ${this.#log} is not written to: ${this.#heldBecause}`);
  }

  /** Undefined: the last ones were stored, or nobody tries. */
  get failing(): FailingAppends | undefined {
    return this.#failures.current;
  }

  /** One answer a write, in their order. Rejects only when the store itself is at fault. */
  async answer(batch: readonly AwaitedWrite[]): Promise<readonly Answer[]> {
    const giveUpAtMs = Math.max(...batch.map((awaited) => awaited.giveUpAtMs));
    for (let attempt = 1; ; attempt += 1) {
      const refusal = this.refusalWhileHeld(batch.length);
      if (refusal !== undefined) return batch.map(() => new Rejected(refusal));
      try {
        const outcomes = await this.#commit(batch.map(({ write }) => write));
        this.#failures.succeeded();
        return outcomes;
      } catch (error) {
        const fault = faultOf(error);
        if (fault === 'refused') return this.#isolate(batch, error);
        if (fault === 'bug') {
          this.#noteFailure(error, batch.length);
          throw error;
        }
        const pauseMs = backoffMs(pauses, attempt);
        if (performance.now() + pauseMs > giveUpAtMs) return this.#giveUp(batch, error);
        this.#logger.warn({ err: error, fault, log: this.#log }, 'a commit is tried again');
        countRetry(this.#log, fault);
        await wait(pauseMs);
      }
    }
  }

  /** The database rejects some value that validation let pass: each half by itself, so that only its owner is refused. */
  async #isolate(batch: readonly AwaitedWrite[], error: unknown): Promise<readonly Answer[]> {
    if (batch.length > 1) {
      const middle = Math.floor(batch.length / 2);
      const firstHalf = await this.answer(batch.slice(0, middle));
      return [...firstHalf, ...(await this.answer(batch.slice(middle)))];
    }
    const write = batch[0]?.write;
    this.#logger.error({ err: error, log: this.#log, write }, 'the database refuses a write that passed validation');
    countUnstored(this.#log, 'refused', 1);
    return [{ kind: 'refused', code: 'bad-write', message: `the database refuses it: ${messageOf(error)}` }];
  }

  #giveUp(batch: readonly AwaitedWrite[], cause: unknown): readonly Answer[] {
    this.#noteFailure(cause, batch.length);
    const error = new StoreUnavailable('write', `the database did not commit: ${messageOf(cause)}`, cause);
    return batch.map(() => new Rejected(error));
  }

  #noteFailure(cause: unknown, writes: number): void {
    countUnstored(this.#log, 'unavailable', writes);
    this.#failures.failed(cause);
  }

  /** Commits once; what that leaves undecided is decided by a safe commit, which leaves nothing. */
  async #commit(writes: readonly Write[]): Promise<readonly AppendOutcome[]> {
    const { outcomes } = await this.#measured(() => this.#committer.commit(writes));
    const undecided = writes.filter((_, index) => outcomes[index] === undefined);
    if (undecided.length === 0) return filledIn(outcomes, []);
    const safe = await this.#measured(() => this.#committer.commitSafely(undecided));
    return filledIn(outcomes, safe.outcomes);
  }

  async #measured(commit: () => Promise<CommittedBatch>): Promise<CommittedBatch> {
    const startedAt = performance.now();
    failpoint('append.beforeCommit');
    const batch = await commit();
    countBatch(this.#log, batch, (performance.now() - startedAt) / 1000);
    return batch;
  }
}

/** The answers in their places; where one is missing, the next of the others. */
export function filledIn<T>(answers: readonly (T | undefined)[], others: readonly (T | undefined)[]): readonly T[] {
  let next = 0;
  return answers.map((known) => {
    const answer = known ?? others[next++];
    if (answer === undefined) throw new Error('every write has an answer');
    return answer;
  });
}
