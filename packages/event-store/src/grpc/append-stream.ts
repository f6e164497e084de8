/**
 * The client's side of AppendMany: one long-lived stream that outlives its connections. Writes that a broken stream
 * leaves without an answer go out again on the next one, with the same ids, which makes that safe; a write that has no
 * answer by its deadline is given up as unknown.
 */
import type * as proto from '@eventstream/contracts/eventstore';
import { backoffMs, type Logger, messageOf } from '@eventstream/platform';
import type { BidiStream } from '@eventstream/platform/grpc';
import { StoreOverloaded, StoreUnavailable } from '../port.ts';
import { AppendBatches, requestOf, type TimedWrite, type WriteAnswer } from './append-batches.ts';
import { readAppended, readConflict, readIdReused, readRefused } from './from-message.ts';

/** One AppendMany call. */
export type AppendCall = BidiStream<proto.AppendManyRequest, proto.AppendManyResponse>;

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
  #closed = false;
  readonly #batches = new AppendBatches();

  constructor(open: () => AppendCall, logger: Logger) {
    this.#open = open;
    this.#logger = logger;
  }

  /** Resolves with one result for each write, in their order, soon after the last deadline at the latest. */
  send(writes: readonly TimedWrite[]): Promise<WriteAnswer[]> {
    if (this.#closed) return Promise.resolve(writes.map(() => new StoreUnavailable('write', 'the client is closed')));
    return new Promise((resolve) => {
      const batch = this.#batches.add(writes, resolve);
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
    this.#batches.giveUp('the client was closed');
    this.#call?.cancel();
    this.#call = undefined;
  }

  #connect(): void {
    const call = this.#open();
    this.#call = call;
    this.#lastSignMs = performance.now();
    // `send` resolves when there is room again. The batches in flight are few and bounded, so nobody needs to wait
    // for that.
    for (const request of this.#batches.requests()) void call.send(request);
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
    for (const result of response.results) this.#batches.answer(Number(result.correlation), readResult(result));
  }

  #broken(call: AppendCall, reason: string): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    if (this.#closed) return;
    const outstanding = this.#batches.unanswered;
    if (this.#failures === 0 && outstanding > 0)
      this.#logger.warn({ reason, outstanding }, 'append stream broke; its writes go out again');
    this.#failures += 1;
    this.#reopenTimer = setTimeout(
      () => {
        this.#reopenTimer = undefined;
        if (!this.#batches.isEmpty) this.#connect();
      },
      backoffMs(backoff, this.#failures),
    );
  }

  /**
   * Looks at all deadlines now and then while anything is outstanding: callers may have different ones, in any order.
   */
  #watchDeadlines(): void {
    if (this.#expiryTimer || this.#batches.isEmpty) return;
    this.#expiryTimer = setTimeout(() => {
      this.#expiryTimer = undefined;
      this.#expire(performance.now());
      this.#watchDeadlines();
    }, expiryEveryMs);
    this.#expiryTimer.unref();
  }

  #expire(nowMs: number): void {
    const expired = this.#batches.expire(nowMs, this.#lastFault);
    if (expired > 0) this.#leaveSilentCall(nowMs);
  }

  /** A stream that let a deadline pass and has not said anything for a second may be half open: take another one. */
  #leaveSilentCall(nowMs: number): void {
    if (nowMs - this.#lastSignMs < 1_000) return;
    this.#call?.cancel();
  }
}

function readResult(result: proto.WriteResult): WriteAnswer {
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
