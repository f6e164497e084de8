/**
 * Writes that were sent over an append stream, or are to be, and have no answer yet. Promises: each gets exactly one
 * result, the first that comes; a batch is over when all of its writes have theirs.
 */
import type * as proto from '@eventstream/contracts/eventstore';
import { type AppendOutcome, StoreOverloaded, StoreUnavailable } from '../port.ts';

/** What became of a write; faults are values here, so that one of them does not fail a whole batch. */
export type WriteAnswer = AppendOutcome | StoreOverloaded | StoreUnavailable;

/** A write and when its caller stops waiting, in milliseconds of `performance.now()`. */
export interface TimedWrite {
  readonly message: proto.Write;
  readonly deadlineMs: number;
}

/** Writes that travel together. Their correlations are consecutive, so that an answer finds its write by counting. */
export interface AppendBatch {
  readonly firstCorrelation: number;
  readonly writes: readonly TimedWrite[];
  /** By index; undefined while there is no answer. */
  readonly results: (WriteAnswer | undefined)[];
  unanswered: number;
  /** When more than 1: a stream that broke before it could answer may have stored a copy of a write. */
  timesSent: number;
  readonly resolve: (results: WriteAnswer[]) => void;
}

/** The batches without all their answers: no more than the caller keeps in flight. */
export class AppendBatches {
  readonly #batches = new Set<AppendBatch>();
  #nextCorrelation = 1;

  get isEmpty(): boolean {
    return this.#batches.size === 0;
  }

  /** Writes without an answer. */
  get unanswered(): number {
    let count = 0;
    for (const { unanswered } of this.#batches) count += unanswered;
    return count;
  }

  /** Adds a batch; `resolve` is called with one result for each write, in their order. */
  add(writes: readonly TimedWrite[], resolve: (results: WriteAnswer[]) => void): AppendBatch {
    const batch: AppendBatch = {
      firstCorrelation: this.#nextCorrelation,
      writes,
      results: writes.map(() => undefined),
      unanswered: writes.length,
      timesSent: 0,
      resolve,
    };
    this.#nextCorrelation += writes.length;
    this.#batches.add(batch);
    return batch;
  }

  /** What is to be sent of each batch, also of one that was sent before. */
  *requests(): Iterable<proto.AppendManyRequest> {
    for (const batch of this.#batches) yield requestOf(batch);
  }

  /** An answer has come. */
  answer(correlation: number, result: WriteAnswer): void {
    const batch = this.#batchOf(correlation);
    // Unknown: the whole batch was answered already, by an earlier stream or at its deadlines.
    if (batch) this.#settle(batch, correlation - batch.firstCorrelation, honest(result, batch));
  }

  /** Gives up the writes whose deadline is not after this, and answers how many. `fault`: why there was no answer. */
  expire(nowMs: number, fault: unknown): number {
    let expired = 0;
    for (const batch of this.#batches) {
      for (const [index, { deadlineMs }] of batch.writes.entries()) {
        if (deadlineMs > nowMs || batch.results[index] !== undefined) continue;
        this.#settle(batch, index, new StoreUnavailable('write', 'the event store did not answer in time', fault));
        expired += 1;
      }
    }
    return expired;
  }

  /** Gives up all of them. */
  giveUp(why: string): void {
    for (const batch of this.#batches)
      for (const index of batch.writes.keys()) this.#settle(batch, index, new StoreUnavailable('write', why));
  }

  #batchOf(correlation: number): AppendBatch | undefined {
    for (const batch of this.#batches) {
      const index = correlation - batch.firstCorrelation;
      if (index >= 0 && index < batch.writes.length) return batch;
    }
    return undefined;
  }

  /** The first answer counts: a second one comes from another copy, or after its deadline. */
  #settle(batch: AppendBatch, index: number, result: WriteAnswer): void {
    if (batch.results[index] !== undefined) return;
    batch.results[index] = result;
    batch.unanswered -= 1;
    if (batch.unanswered > 0) return;
    this.#batches.delete(batch);
    batch.resolve(batch.results.filter((one) => one !== undefined));
  }
}

/** The message that sends what has no answer yet of a batch. */
export function requestOf(batch: AppendBatch): proto.AppendManyRequest {
  const nowMs = performance.now();
  batch.timesSent += 1;
  const writes: proto.CorrelatedWrite[] = [];
  for (const [index, { message, deadlineMs }] of batch.writes.entries()) {
    if (batch.results[index] !== undefined) continue;
    writes.push({
      $typeName: 'eventstream.eventstore.v1.CorrelatedWrite',
      correlation: BigInt(batch.firstCorrelation + index),
      write: message,
      timeoutMs: Math.max(1, Math.ceil(deadlineMs - nowMs)),
    });
  }
  return { $typeName: 'eventstream.eventstore.v1.AppendManyRequest', writes };
}

/**
 * "Overloaded" promises that nothing was stored. Of a batch that was sent twice the server can promise that only for
 * the copy it has refused.
 */
function honest(result: WriteAnswer, { timesSent }: AppendBatch): WriteAnswer {
  if (timesSent === 1 || !(result instanceof StoreOverloaded)) return result;
  return new StoreUnavailable(
    'write',
    'the event store took no second copy, and what became of the first is unknown',
    result,
  );
}
