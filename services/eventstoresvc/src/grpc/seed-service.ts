/**
 * The seed's `eventstore.EventStore`, so that programs written for it work unchanged: CreateEvent runs the same decider
 * as everybody else, GetEvents and GetEventsStream read what is stored, whoever wrote it.
 */
import {
  eventId,
  noRevision,
  type OrderId,
  orderId,
  orderIdOf,
  orderStream,
  ordersLog,
  type RecordedEvent,
  type Revision,
} from '@eventstream/contracts';
import { type Event, type GetEventsRequest, EventStore as SeedEventStore } from '@eventstream/contracts/seed';
import { type EventFinder, pageEventsMax, type StreamPage } from '@eventstream/event-store';
import { statusOfRefusal, storeStatusOf } from '@eventstream/event-store/grpc';
import { TooManyRaces } from '@eventstream/orders';
import { GrpcStatusError, type Implementation, implement, status } from '@eventstream/platform/grpc';
import { type RecordSeedEventOptions, recordSeedEvent } from '../record-seed-event.ts';
import { MalformedSeedEvent, readSeedEvent, readUuid } from '../seed-event.ts';

/** What the service works with. */
export interface SeedServiceOptions extends RecordSeedEventOptions {
  readonly store: RecordSeedEventOptions['store'] & EventFinder;
}

/** The service, to be given to `startGrpcServer`. */
export function seedService(options: SeedServiceOptions): Implementation {
  return implement(
    SeedEventStore,
    {
      createEvent: (request) =>
        withStatus(async () => {
          const outcome = await recordSeedEvent(options, readSeedEvent(request.event));
          return outcome.kind === 'recorded' ? { isSuccess: true } : { isSuccess: false, error: outcome.reason };
        }),
      getEvents: (request) => withStatus(async () => ({ events: await readEvents(options, request) })),
      getEventsStream: (request) => streamEvents(options, request),
    },
    ['getEvents', 'getEventsStream'],
  );
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

function readPage({ store }: SeedServiceOptions, order: OrderId, from: Revision): Promise<StreamPage> {
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
  if (error instanceof TooManyRaces)
    return new GrpcStatusError({ status: status.ABORTED, code: error.code, message: error.message, cause: error });
  return storeStatusOf(error);
}
