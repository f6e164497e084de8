/**
 * The event store over gRPC. Concurrent appends travel together in one message of one long-lived stream, which costs a
 * fortieth of a call each; concurrent reads of streams share calls in the same way; a subscription survives the connections it runs over.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { LogHead, LogName, Position, StreamName } from '@eventstream/contracts';
import type * as proto from '@eventstream/contracts/eventstore';
import { EventStoreService } from '@eventstream/contracts/eventstore';
import {
  Batcher,
  backoffMs,
  codeOf,
  isTracing,
  type Logger,
  messageOf,
  QueueFull,
  Rejected,
  withSpan,
} from '@eventstream/platform';
import { type GrpcClient, GrpcStatusError, grpcClient, status } from '@eventstream/platform/grpc';
import {
  type AppendOptions,
  type AppendOutcome,
  type EventStore,
  type LogFilter,
  type LogPage,
  type LogRange,
  type PositionPage,
  StoreOverloaded,
  StoreUnavailable,
  type StreamPage,
  type StreamRange,
  type SubscribeOptions,
  UnknownLog,
  type Write,
  writeLimits,
} from '../port.ts';
import { checkLimit, eventBytes } from '../scan-log.ts';
import type { TimedWrite, WriteAnswer } from './append-batches.ts';
import { AppendStream } from './append-stream.ts';
import { readHead, readLogPage, readPositionPage, readStreamPage, readSubscribePage } from './from-message.ts';
import { streamsPerMessage, writesPerMessage } from './limits.ts';
import { writeMessage } from './to-message.ts';

/** How the client is made. */
export interface GrpcEventStoreOptions {
  /** Host and port, such as `127.0.0.1:50051`. */
  readonly address: string;
  readonly logger: Logger;
  /** How long a write is retried over broken connections before it is given up as unknown. Default 10,000. */
  readonly appendTimeoutMs?: number;
  /** How long a read may take. Default 5,000. */
  readonly readTimeoutMs?: number;
  /** Writes, and reads, that may wait for their message; the next is refused with `StoreOverloaded`. Default 5,000. */
  readonly queuedMax?: number;
}

/** Messages that may be without an answer at once. */
const messagesInFlightMax = 8;
const resubscribing = { firstMs: 50, maxMs: 2_000, jitter: 'half' } as const;

/** The event store at an address. Nothing is connected before the first call. */
export function grpcEventStore(options: GrpcEventStoreOptions): EventStore {
  return new GrpcEventStore(options);
}

interface WaitingWrite extends TimedWrite {
  readonly bytes: number;
}

interface WantedStream {
  readonly log: LogName;
  readonly stream: StreamName;
  readonly range: StreamRange;
}

class GrpcEventStore implements EventStore {
  readonly #logger: Logger;
  readonly #client: GrpcClient<typeof EventStoreService>;
  readonly #stream: AppendStream;
  readonly #batcher: Batcher<WaitingWrite, AppendOutcome>;
  readonly #reads: Batcher<WantedStream, StreamPage>;
  readonly #appendTimeoutMs: number;
  readonly #queuedMax: number;
  readonly #closing = new AbortController();

  constructor(options: GrpcEventStoreOptions) {
    const { address, logger, appendTimeoutMs = 10_000, readTimeoutMs = 5_000 } = options;
    const { queuedMax = 5_000 } = options;
    this.#logger = logger;
    this.#appendTimeoutMs = appendTimeoutMs;
    this.#queuedMax = queuedMax;
    this.#client = grpcClient(EventStoreService, address, { timeoutMs: readTimeoutMs });
    this.#stream = new AppendStream(() => this.#client.calls.appendMany(), logger);
    this.#batcher = new Batcher({
      maxItems: writesPerMessage.writes,
      maxBytes: writesPerMessage.bytes,
      sizeOf: (write) => write.bytes,
      maxQueued: queuedMax,
      maxInFlight: messagesInFlightMax,
      run: async (writes) => (await this.#stream.send(writes)).map(outcomeOf),
    });
    this.#reads = new Batcher({
      maxItems: streamsPerMessage,
      maxQueued: queuedMax,
      maxInFlight: messagesInFlightMax,
      span: 'event store read',
      run: (wanted) => this.#readStreams(wanted),
    });
  }

  append(write: Write, options: AppendOptions = {}): Promise<AppendOutcome> {
    const bytes = writeBytes(write);
    // The server would refuse it too, but such a message cannot reach it.
    if (bytes > writeLimits.writeBytesMax)
      return Promise.resolve({ kind: 'refused', code: 'too-large', message: `the write has ${bytes} bytes` });
    const deadlineMs = performance.now() + Math.min(options.deadlineInMs ?? Infinity, this.#appendTimeoutMs);
    if (!isTracing()) return this.#submit(write, bytes, deadlineMs);
    const attributes = { stream: write.streams[0].stream };
    return withSpan('event store append', { kind: 'client', attributes }, () => this.#submit(write, bytes, deadlineMs));
  }

  #submit(write: Write, bytes: number, deadlineMs: number): Promise<AppendOutcome> {
    try {
      return this.#batcher.submit({ message: writeMessage(write), bytes, deadlineMs });
    } catch (error) {
      const isFull = error instanceof QueueFull;
      return Promise.reject(
        isFull
          ? new StoreOverloaded(this.#queuedMax, error)
          : new StoreUnavailable('write', 'the client is closed', error),
      );
    }
  }

  async readStream(log: LogName, stream: StreamName, range: StreamRange): Promise<StreamPage> {
    checkLimit(range.limit); // a caller's mistake must not fail the others that share its message
    return this.#answered(log, () => this.#reads.submit({ log, stream, range }));
  }

  async #readStreams(wanted: readonly WantedStream[]): Promise<readonly StreamPage[]> {
    const pages: StreamPage[] = [];
    while (pages.length < wanted.length) {
      const streams = wanted.slice(pages.length).map(readStreamMessage);
      const answer = await this.#client.calls.readStreams({ streams });
      if (answer.pages.length === 0) throw new StoreUnavailable('read', 'the event store answered none of the streams');
      pages.push(...answer.pages.map(readStreamPage));
    }
    return pages;
  }

  async readLog(log: LogName, after: Position, options: LogRange): Promise<LogPage> {
    const wish = { ...filterFields(options), limit: options.limit, asRows: true };
    const request = { log, afterPosition: BigInt(after), ...wish };
    return readLogPage(log, await this.#answered(log, () => this.#client.calls.readLog(request)));
  }

  async readPositions(log: LogName, after: Position, filter: LogFilter): Promise<PositionPage> {
    const request = { log, afterPosition: BigInt(after), ...filterFields(filter) };
    return readPositionPage(after, await this.#answered(log, () => this.#client.calls.readPositions(request)));
  }

  async head(log: LogName): Promise<LogHead> {
    return readHead(await this.#answered(log, () => this.#client.calls.head({ log })));
  }

  async #answered<T>(log: LogName, call: () => Promise<T>): Promise<T> {
    try {
      this.#mustBeOpen();
      return await call();
    } catch (error) {
      throw translated(log, error);
    }
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreUnavailable('read', 'the client is closed');
  }

  async *subscribe(log: LogName, after: Position, options: SubscribeOptions): AsyncIterable<LogPage> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    let scannedTo = after;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const request = { log, afterPosition: BigInt(scannedTo), ...filterFields(options) };
        for await (const message of this.#client.calls.subscribe(request, { signal })) {
          const page = readSubscribePage(message);
          failures = 0;
          if (page.scannedTo > scannedTo) scannedTo = page.scannedTo;
          yield page;
        }
      } catch (error) {
        if (signal.aborted) break;
        if (!isPassing(error)) throw translated(log, error);
        if (failures === 0)
          this.#logger.warn(
            { log, scannedTo, reason: messageOf(error) },
            'subscription broke; it goes on where it was',
          );
      }
      failures += 1;
      // Rejects, and so ends early, when the signal aborts.
      await wait(backoffMs(resubscribing, failures), undefined, { signal }).catch(() => {});
    }
    if (!options.signal.aborted) this.#mustBeOpen();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#batcher.close();
    this.#stream.close();
    this.#client.close();
  }
}

function outcomeOf(result: WriteAnswer): AppendOutcome | Rejected {
  return result instanceof Error ? new Rejected(result) : result;
}

function writeBytes(write: Write): number {
  let bytes = 0;
  for (const { events } of write.streams) for (const event of events) bytes += eventBytes(event);
  return bytes;
}

function readStreamMessage({ log, stream, range }: WantedStream): proto.ReadStreamRequest {
  return {
    $typeName: 'eventstream.eventstore.v1.ReadStreamRequest',
    log,
    stream,
    fromRevision: BigInt(range.from),
    backwards: range.direction === 'backwards',
    limit: range.limit,
  };
}

function filterFields({ types, streamPrefix = '' }: LogFilter) {
  return { streamPrefix, ...(types === undefined ? {} : { types: { values: [...types] } }) };
}

/** A failed read as the port knows it. What the caller did wrong comes back as it is: trying again would not help. */
function translated(log: LogName, error: unknown): unknown {
  if (error instanceof QueueFull) return new StoreOverloaded(Number(error.details['maxQueued'] ?? 0), error);
  if (!(error instanceof GrpcStatusError)) return error;
  if (error.status === status.NOT_FOUND && codeOf(error) === 'unknown-log') return new UnknownLog(log);
  if (error.status === status.RESOURCE_EXHAUSTED) return overloaded(error);
  if (error.status === status.INVALID_ARGUMENT) return error;
  return new StoreUnavailable('read', error.message, error);
}

/** A store that does not say how many wait is busy for another reason: it sends no more while answers are not taken. */
function overloaded(error: GrpcStatusError): StoreOverloaded {
  const { queued } = error.details;
  return typeof queued === 'number' ? new StoreOverloaded(queued, error) : new StoreOverloaded(0, error, error.message);
}

/** Whether a subscription may hope: the server is away, restarting, busy, or has failed in some way of its own. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof GrpcStatusError)) return false;
  return error.status !== status.NOT_FOUND && error.status !== status.INVALID_ARGUMENT;
}
