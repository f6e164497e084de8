/**
 * The server's side of one AppendMany stream. Every write gets exactly one result, also when it is nonsense. Results
 * that come together leave together. While too many writes of this stream have no answer yet, nothing more is read
 * from it, and the client feels it as flow control.
 */
import { metadataKeys } from '@eventstream/contracts';
import type * as proto from '@eventstream/contracts/eventstore';
import { isKept, type Logger, withSpan } from '@eventstream/platform';
import type { BidiCall } from '@eventstream/platform/grpc';
import {
  type AppendOptions,
  type AppendOutcome,
  type EventAppender,
  StoreOverloaded,
  StoreUnavailable,
  UnknownLog,
  type Write,
} from '../port.ts';
import { MalformedMessage, readWrite } from './from-message.ts';
import { outcomeMessage, refusedMessage, unavailableMessage } from './to-message.ts';

/** What a session works with. */
export interface AppendManyOptions {
  readonly store: EventAppender;
  readonly logger: Logger;
  /** Writes of one stream that may be without an answer before reading stops. A message is never split. */
  readonly unansweredMax: number;
}

type Call = BidiCall<proto.AppendManyRequest, proto.AppendManyResponse>;
type Outcome = proto.WriteResult['outcome'];

/** Serves one stream. Resolves when the client has finished (or the server stops) and every write taken was answered. */
export async function serveAppendMany(call: Call, options: AppendManyOptions): Promise<void> {
  const session = new AppendManySession(call, options);
  for await (const request of call.requests) {
    for (const write of request.writes) session.append(write);
    await session.untilUnanswered(options.unansweredMax);
  }
  await session.untilUnanswered(0);
}

class AppendManySession {
  readonly #call: Call;
  readonly #options: AppendManyOptions;
  #unanswered = 0;
  #results: proto.WriteResult[] = [];
  #sending = false;
  /** There is one reader, so at most one waits. */
  #waiting: { readonly atMost: number; readonly resolve: () => void } | undefined;

  constructor(call: Call, options: AppendManyOptions) {
    this.#call = call;
    this.#options = options;
  }

  /** Appends one write and puts its result in line. Never throws. */
  append({ correlation, write, timeoutMs }: proto.CorrelatedWrite): void {
    this.#unanswered += 1;
    const failed = (error: unknown): void => this.#answer(correlation, this.#failure(error));
    try {
      this.#store(readWrite(write), timeoutMs === 0 ? {} : { deadlineInMs: timeoutMs }).then(
        (outcome) => this.#answer(correlation, outcomeMessage(outcome)),
        failed,
      );
    } catch (error) {
      failed(error);
    }
  }

  /** Resolves once no more than this many writes are without an answer. */
  untilUnanswered(atMost: number): Promise<void> {
    if (this.#unanswered <= atMost) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { atMost, resolve };
    });
  }

  #answer(correlation: bigint, outcome: Outcome): void {
    this.#results.push({ $typeName: 'eventstream.eventstore.v1.WriteResult', correlation, outcome });
    if (this.#sending) return;
    this.#sending = true;
    // After all writes of one commit have their results, not after the first.
    setImmediate(() => void this.#sendResults());
  }

  #failure(error: unknown): Outcome {
    if (error instanceof MalformedMessage) return { case: 'refused', value: refusedMessage(error) };
    if (error instanceof UnknownLog)
      return { case: 'refused', value: refusedMessage({ code: 'unknown-log', message: error.message }) };
    if (error instanceof StoreOverloaded || error instanceof StoreUnavailable)
      return { case: 'unavailable', value: unavailableMessage(error) };
    this.#options.logger.error({ err: error }, 'a write failed in a way it must not');
    return {
      case: 'unavailable',
      value: unavailableMessage(new StoreUnavailable('write', 'the event store failed', error)),
    };
  }

  /** Stores a write, as part of the trace that its first event belongs to; the stream itself belongs to none. */
  #store(write: Write, options: AppendOptions): Promise<AppendOutcome> {
    const { store } = this.#options;
    const [{ stream, events }] = write.streams;
    const parent = events[0].metadata[metadataKeys.traceparent];
    if (!isKept(parent)) return store.append(write, options);
    const span = { kind: 'server', parent, attributes: { stream } } as const;
    return withSpan('event store append', span, () => store.append(write, options));
  }

  async #sendResults(): Promise<void> {
    while (this.#results.length > 0) {
      const results = this.#results;
      this.#results = [];
      await this.#call.send({ $typeName: 'eventstream.eventstore.v1.AppendManyResponse', results });
      this.#unanswered -= results.length;
      this.#wake();
    }
    this.#sending = false;
  }

  #wake(): void {
    if (!this.#waiting || this.#unanswered > this.#waiting.atMost) return;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve();
  }
}
