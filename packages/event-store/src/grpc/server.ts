/**
 * `eventstream.eventstore.v1.EventStoreService` over any event store. Nothing is decided here: requests are checked and
 * handed on, and answers are translated. The store's own limits keep every write and page below the size of a message.
 */
import { EventStoreService, type ReadStreamRequest, type SubscribeRequest } from '@eventstream/contracts/eventstore';
import { type Clock, type Logger, systemClock } from '@eventstream/platform';
import { type CallContext, type Handlers, type Implementation, implement } from '@eventstream/platform/grpc';
import { type EventReader, type EventStore, type LogRowReader, pageEventsMax, type StreamPage } from '../port.ts';
import { eventBytes, pageBytesMax } from '../scan-log.ts';
import { serveAppendMany } from './append-many-session.ts';
import {
  MalformedMessage,
  readFilter,
  readLogName,
  readPosition,
  readRevision,
  readStreamName,
  readWrite,
} from './from-message.ts';
import { streamsPerMessage } from './limits.ts';
import { statusOfOutcome, storeStatusOf } from './status-of.ts';
import {
  appendedMessage,
  logPageMessage,
  positionPageMessage,
  rowPageMessage,
  streamPageMessage,
  subscribePageMessage,
} from './to-message.ts';

/** What the service works with. */
export interface EventStoreServiceOptions {
  readonly store: EventStore & Partial<LogRowReader>;
  readonly logger: Logger;
  /** Writes of one AppendMany stream that may be without an answer before reading from it stops. Default 2,000. */
  readonly unansweredMax?: number;
  /** Judges how long a caller still waits. Default the machine's. */
  readonly clock?: Clock;
}

const defaultLimit = 100;
/** What changes nothing, and may be refused while callers do not take their answers. */
const reads = ['readStream', 'readStreams', 'readLog', 'readPositions', 'subscribe', 'head'] as const;

/** The service, to be given to `startGrpcServer`. */
export function eventStoreService(options: EventStoreServiceOptions): Implementation {
  const { store, logger, unansweredMax = 2_000, clock = systemClock } = options;
  const handlers: Handlers<typeof EventStoreService> = {
    append: (request, { deadlineMs }) =>
      translated(async () => {
        const deadlineInMs = deadlineMs - clock.nowMs();
        const outcome = await store.append(readWrite(request.write), { deadlineInMs });
        if (outcome.kind !== 'appended') throw statusOfOutcome(outcome);
        return { appended: appendedMessage(outcome) };
      }),
    appendMany: (call) => serveAppendMany(call, { store, logger, unansweredMax }),
    readStream: (request) => translated(async () => streamPageMessage(await readStream(store, request))),
    readStreams: ({ streams }) =>
      translated(async () => {
        if (streams.length > streamsPerMessage)
          throw new MalformedMessage('bad-write', 'streams', `${streams.length} are more than ${streamsPerMessage}`);
        const pages = await Promise.all(streams.map((request) => readStream(store, request)));
        return { pages: asManyAsFit(pages).map(streamPageMessage) };
      }),
    readLog: (request) =>
      translated(async () => {
        const limit = readLimit(request.limit);
        const filter = readFilter(request);
        const after = readPosition('after_position', request.afterPosition);
        const asked = [readLogName(request.log), after, { ...filter, limit }] as const;
        return request.asRows && store.readLogRows !== undefined
          ? rowPageMessage(await store.readLogRows(...asked))
          : logPageMessage(await store.readLog(...asked));
      }),
    readPositions: (request) =>
      translated(async () => {
        const after = readPosition('after_position', request.afterPosition);
        const page = await store.readPositions(readLogName(request.log), after, readFilter(request));
        return positionPageMessage(after, page);
      }),
    subscribe: (request, context) => subscribe(store, request, context),
    head: (request) =>
      translated(async () => {
        const head = await store.head(readLogName(request.log));
        return { log: head.log, position: BigInt(head.position), incarnation: head.incarnation };
      }),
  };
  return implement(EventStoreService, handlers, reads);
}

function readStream(store: EventReader, request: ReadStreamRequest): Promise<StreamPage> {
  return store.readStream(readLogName(request.log), readStreamName(request.stream), {
    direction: request.backwards ? 'backwards' : 'forwards',
    from: readRevision('from_revision', request.fromRevision),
    limit: readLimit(request.limit),
  });
}

/** The first pages that one message can hold; one always can. */
function asManyAsFit(pages: readonly StreamPage[]): readonly StreamPage[] {
  let bytes = 0;
  const tooMany = pages.findIndex(({ events }, index) => {
    for (const event of events) bytes += eventBytes(event);
    return index > 0 && bytes > pageBytesMax;
  });
  return tooMany === -1 ? pages : pages.slice(0, tooMany);
}

async function* subscribe(store: EventStore, request: SubscribeRequest, { signal }: CallContext) {
  try {
    const after = readPosition('after_position', request.afterPosition);
    const pages = store.subscribe(readLogName(request.log), after, { ...readFilter(request), signal });
    for await (const page of pages) yield subscribePageMessage(page);
  } catch (error) {
    throw storeStatusOf(error);
  }
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeStatusOf(error);
  }
}

function readLimit(limit: number): number {
  if (limit > pageEventsMax)
    throw new MalformedMessage(
      'bad-write',
      'limit',
      `${limit} is more than a page may have, which is ${pageEventsMax}`,
    );
  return limit === 0 ? defaultLimit : limit;
}
