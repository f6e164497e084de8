/**
 * The seed's `eventstore.EventStore`, so that programs written for it work unchanged: CreateEvent runs the same decider
 * as everybody else, GetEvents and GetEventsStream read what is stored, whoever wrote it.
 */
import {
  type Currency,
  eventId,
  noRevision,
  type OrderId,
  orderId,
  orderIdOf,
  orderStream,
  ordersLog,
  type RecordedEvent,
} from '@eventstream/contracts';
import { type Event, EventStore as SeedEventStore, type GetEventsRequest } from '@eventstream/contracts/seed';
import {
  type EventAppender,
  type EventFinder,
  type EventReader,
  loadStream,
  pageEventsMax,
} from '@eventstream/event-store';
import { statusOfRefusal, storeStatusOf } from '@eventstream/event-store/grpc';
import { type Clock, currentTraceparent } from '@eventstream/platform';
import { GrpcStatusError, type Implementation, implement, status } from '@eventstream/platform/grpc';
import { decideSeedEvent, MalformedSeedEvent, readSeedEvent, readUuid, type SeedEvent } from './seed-event.ts';

/** What the service works with. */
export interface SeedServiceOptions {
  readonly store: EventAppender & EventReader & EventFinder;
  readonly clock: Clock;
  /** Of an order that comes without one. */
  readonly defaultCurrency: Currency;
}

/** A dozen lost races in a row for one order is no race any more. */
const racesMax = 12;

/** The service, to be given to `startGrpcServer`. */
export function seedService(options: SeedServiceOptions): Implementation {
  return implement(SeedEventStore, {
    createEvent: (request) =>
      withStatus(async () => {
        const reason = await createEvent(options, readSeedEvent(request.event));
        return reason === undefined ? { isSuccess: true } : { isSuccess: false, error: reason };
      }),
    getEvents: (request) => withStatus(async () => ({ events: await readEvents(options, request) })),
    getEventsStream: (request) => streamEvents(options, request),
  });
}

/** Records the event, unless that is done already. Answers why not, when it may not be. */
async function createEvent(options: SeedServiceOptions, request: SeedEvent): Promise<string | undefined> {
  const { store, clock, defaultCurrency } = options;
  const stream = orderStream(request.orderId);
  for (let race = 0; race < racesMax; race += 1) {
    const recorded = await loadStream(store, ordersLog, stream);
    const decision = decideSeedEvent(request, recorded, {
      defaultCurrency,
      nowMs: clock.nowMs(),
      traceparent: currentTraceparent(),
    });
    if (decision.kind === 'already') return undefined;
    if (decision.kind === 'refused') return decision.reason;
    const expected = recorded.at(-1)?.revision ?? noRevision;
    const outcome = await store.append({ log: ordersLog, streams: [{ stream, expected, events: [decision.event] }] });
    if (outcome.kind === 'appended') return undefined;
    if (outcome.kind === 'idReused') return `event ${outcome.eventId} is stored with other content`;
    if (outcome.kind === 'refused') throw statusOfRefusal(outcome);
    // Somebody was faster: what may follow has to be decided again.
  }
  throw new GrpcStatusError({
    status: status.ABORTED,
    code: 'too-many-races',
    message: `order ${request.orderId} changed ${racesMax} times while the event was recorded`,
    nextStep: 'send the same event again',
  });
}

type Wanted =
  | { readonly by: 'event'; readonly events: readonly RecordedEvent[] }
  | { readonly by: 'order'; readonly id: OrderId };

/** One event by its id, or the order whose events are wanted. An event of another order than the one named is none. */
async function readWanted({ store }: SeedServiceOptions, request: GetEventsRequest): Promise<Wanted> {
  const order = request.aggregateId === '' ? undefined : readUuid('aggregate_id', orderId, request.aggregateId);
  if (request.eventId !== '') {
    const event = await store.findEvent(ordersLog, readUuid('event_id', eventId, request.eventId));
    const isWanted = event && (order === undefined || event.stream === orderStream(order));
    return { by: 'event', events: isWanted ? [event] : [] };
  }
  if (order === undefined) throw new MalformedSeedEvent('aggregate_id', 'is missing, and so is event_id');
  return { by: 'order', id: order };
}

async function readEvents(options: SeedServiceOptions, request: GetEventsRequest): Promise<Event[]> {
  const wanted = await readWanted(options, request);
  if (wanted.by === 'event') return wanted.events.map(seedMessage);
  const page = await readPage(options, wanted.id, noRevision);
  if (page.atEnd) return page.events.map(seedMessage);
  throw new GrpcStatusError({
    status: status.OUT_OF_RANGE,
    code: 'too-many-events',
    message: `order ${wanted.id} has more events than one answer holds`,
    nextStep: 'call GetEventsStream, which has no such limit',
  });
}

async function* streamEvents(options: SeedServiceOptions, request: GetEventsRequest): AsyncGenerator<Event> {
  try {
    const wanted = await readWanted(options, request);
    if (wanted.by === 'event') {
      yield* wanted.events.map(seedMessage);
      return;
    }
    for (let from = noRevision; ; ) {
      const page = await readPage(options, wanted.id, from);
      yield* page.events.map(seedMessage);
      const last = page.events.at(-1);
      if (page.atEnd || !last) return;
      from = last.revision;
    }
  } catch (error) {
    throw seedStatusOf(error);
  }
}

function readPage({ store }: SeedServiceOptions, order: OrderId, from: typeof noRevision) {
  return store.readStream(ordersLog, orderStream(order), { direction: 'forwards', from, limit: pageEventsMax });
}

function seedMessage(event: RecordedEvent): Event {
  return {
    $typeName: 'eventstore.Event',
    eventId: event.id,
    eventType: event.type,
    aggregateId: orderIdOf(event.stream) ?? event.stream,
    aggregateType: 'order',
    eventData: Buffer.from(event.data).toString(),
    stream: event.log,
  };
}

async function withStatus<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw seedStatusOf(error);
  }
}

function seedStatusOf(error: unknown): unknown {
  if (error instanceof MalformedSeedEvent)
    return statusOfRefusal({ code: 'bad-event', message: error.message, field: error.field });
  return storeStatusOf(error);
}
