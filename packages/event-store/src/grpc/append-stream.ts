/**
 * The client's side of AppendMany: one long-lived stream that outlives its connections. Writes that a broken stream
 * leaves without an answer go out again on the next one, with the same ids, which makes that safe; a write that has no
 * answer by its deadline is given up as unknown.
 */
import type * as proto from '@eventstream/contracts/eventstore';
import { backoffMs, type Logger, messageOf } from '@eventstream/platform';
import type { BidiStream } from '@eventstream/platform/grpc';
import { type AppendOutcome, StoreOverloaded, StoreUnavailable } from '../port.ts';
import { readAppended, readConflict, readIdReused, readRefused } from './from-message.ts';

/** One AppendMany call. */
export type AppendCall = BidiStream<proto.AppendManyRequest, proto.AppendManyResponse>;

/** What became of a write; faults are values here, so that one of them does not fail a whole batch. */
export type Settled = AppendOutcome | StoreOverloaded | StoreUnavailable;

/** A write and when its caller stops waiting, in milliseconds of `performance.now()`. */
export interface TimedWrite {
  readonly message: proto.Write;
  readonly deadlineMs: number;
}

/** Writes that travel together. Their correlations are consecutive, so that an answer finds its write by counting. */
interface Batch {
  readonly firstCorrelation: number;
  readonly writes: readonly TimedWrite[];
  /** By index; undefined while there is no answer. */
  readonly results: (Settled | undefined)[];
  unanswered: number;
  /** When more than 1: a stream that broke before it could answer may have stored a copy of a write. */
  timesSent: number;
  readonly resolve: (results: Settled[]) => void;
}

const backoff = { firstMs: 50, maxMs: 2_000, jitter: 'half' } as const;
/** How late a deadline may be noticed. */
const expiryEveryMs = 50;

/** Sends batches and matches the answers, in whatever order they come, over as many streams as it takes. */
export class AppendStream {
  readonly #open: () => AppendCall;
  readonly #logger: Logger;
  #call: AppendCall | undefined;
  /** When this stream was opened, or last said something. */
  #lastSignMs = 0;
  #failures = 0;
  #lastFault: unknown;
  #reopenTimer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
  #nextCorrelation = 1;
  #closed = false;
  /** Those without all their answers: no more than the caller keeps in flight. */
  readonly #batches = new Set<Batch>();

  constructor(open: () => AppendCall, logger: Logger) {
    this.#open = open;
    this.#logger = logger;
  }

  /** Resolves with one result for each write, in their order, soon after the last deadline at the latest. */
  send(writes: readonly TimedWrite[]): Promise<Settled[]> {
    if (this.#closed) return Promise.resolve(writes.map(() => new StoreUnavailable('write', 'the client is closed')));
    return new Promise((resolve) => {
      const batch: Batch = {
        firstCorrelation: this.#nextCorrelation,
        writes,
        results: writes.map(() => undefined),
        unanswered: writes.length,
        timesSent: 0,
        resolve,
      };
      this.#nextCorrelation += writes.length;
      this.#batches.add(batch);
      this.#watchDeadlines();
      if (this.#call) void this.#call.send(requestOf(batch));
      else if (!this.#reopenTimer) this.#connect();
    });
  }

  /** Gives up what has no answer yet and leaves the stream. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#expiryTimer);
    for (const batch of this.#batches)
      for (const index of batch.writes.keys())
        this.#settle(batch, index, new StoreUnavailable('write', 'the client was closed'));
    this.#call?.cancel();
    this.#call = undefined;
  }

  #connect(): void {
    const call = this.#open();
    this.#call = call;
    this.#lastSignMs = performance.now();
    // `send` resolves when there is room again. The batches in flight are few and bounded, so nobody needs to wait
    // for that.
    for (const batch of this.#batches) void call.send(requestOf(batch));
    void this.#listen(call);
  }

  async #listen(call: AppendCall): Promise<void> {
    try {
      for await (const response of call.responses) this.#answered(response);
      this.#broken(call, 'the server ended the stream');
    } catch (error) {
      this.#lastFault = error;
      this.#broken(call, messageOf(error));
    }
  }

  #answered(response: proto.AppendManyResponse): void {
    this.#failures = 0;
    this.#lastFault = undefined;
    this.#lastSignMs = performance.now();
    for (const result of response.results) {
      const correlation = Number(result.correlation);
      const batch = this.#batchOf(correlation);
      // Unknown: the whole batch was answered already, by an earlier stream or at its deadlines.
      if (batch) this.#settle(batch, correlation - batch.firstCorrelation, honest(readResult(result), batch));
    }
  }

  #batchOf(correlation: number): Batch | undefined {
    for (const batch of this.#batches) {
      const index = correlation - batch.firstCorrelation;
      if (index >= 0 && index < batch.writes.length) return batch;
    }
    return undefined;
  }

  #broken(call: AppendCall, reason: string): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    if (this.#closed) return;
    const outstanding = this.#outstanding();
    if (this.#failures === 0 && outstanding > 0)
      this.#logger.warn({ reason, outstanding }, 'append stream broke; its writes go out again');
    this.#failures += 1;
    this.#reopenTimer = setTimeout(
      () => {
        this.#reopenTimer = undefined;
        if (this.#batches.size > 0) this.#connect();
      },
      backoffMs(backoff, this.#failures),
    );
  }

  #outstanding(): number {
    let count = 0;
    for (const { unanswered } of this.#batches) count += unanswered;
    return count;
  }

  /** The first answer counts: a second one comes from another copy, or after its deadline. */
  #settle(batch: Batch, index: number, result: Settled): void {
    if (batch.results[index] !== undefined) return;
    batch.results[index] = result;
    batch.unanswered -= 1;
    if (batch.unanswered > 0) return;
    this.#batches.delete(batch);
    batch.resolve(batch.results.filter((one) => one !== undefined));
  }

  /**
   * Looks at all deadlines now and then while anything is outstanding: callers may have different ones, in any order.
   */
  #watchDeadlines(): void {
    if (this.#expiryTimer || this.#batches.size === 0) return;
    this.#expiryTimer = setTimeout(() => {
      this.#expiryTimer = undefined;
      this.#expire(performance.now());
      this.#watchDeadlines();
    }, expiryEveryMs);
    this.#expiryTimer.unref();
  }

  #expire(nowMs: number): void {
    let expired = 0;
    for (const batch of this.#batches) {
      for (const [index, { deadlineMs }] of batch.writes.entries()) {
        if (deadlineMs > nowMs || batch.results[index] !== undefined) continue;
        this.#settle(
          batch,
          index,
          new StoreUnavailable('write', 'the event store did not answer in time', this.#lastFault),
        );
        expired += 1;
      }
    }
    if (expired > 0) this.#leaveSilentCall(nowMs);
  }

  /** A stream that let a deadline pass and has not said anything for a second may be half open: take another one. */
  #leaveSilentCall(nowMs: number): void {
    if (nowMs - this.#lastSignMs < 1_000) return;
    this.#call?.cancel();
  }
}

/**
 * "Overloaded" promises that nothing was stored. Of a batch that was sent twice the server can promise that only for
 * the copy it has refused.
 */
function honest(result: Settled, { timesSent }: Batch): Settled {
  if (timesSent === 1 || !(result instanceof StoreOverloaded)) return result;
  return new StoreUnavailable(
    'write',
    'the event store took no second copy, and what became of the first is unknown',
    result,
  );
}

function requestOf(batch: Batch): proto.AppendManyRequest {
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

function readResult(result: proto.WriteResult): Settled {
  const { outcome } = result;
  try {
    switch (outcome.case) {
      case 'appended':
        return readAppended(outcome.value);
      case 'conflict':
        return readConflict(outcome.value);
      case 'idReused':
        return readIdReused(outcome.value);
      case 'refused':
        return readRefused(outcome.value);
      case 'unavailable':
        return outcome.value.overloaded
          ? new StoreOverloaded(Number(outcome.value.queued))
          : new StoreUnavailable('write', outcome.value.message);
      case undefined:
        return new StoreUnavailable('write', 'the event store gave an answer without an outcome');
    }
  } catch (error) {
    return new StoreUnavailable('write', 'the event store gave an answer that cannot be read', error);
  }
}
