/**
 * What the seed's CreateEvent says, decided without I/O: is it an event of an order at all, and may it follow what is
 * stored? Its programs send no revision, no currency, and sometimes no data; what they leave out is filled in here.
 */
import {
  type Currency,
  decodeOrderEvent,
  type EventId,
  eventId,
  MalformedValue,
  type Metadata,
  metadataKeys,
  type NewEvent,
  noRevision,
  nowhere,
  type OrderEvent,
  type OrderEventKind,
  type OrderId,
  orderEventKind,
  orderId,
  orderStream,
  ordersLog,
  type RecordedEvent,
  typeOfKind,
  UndecodableEvent,
} from '@eventstream/contracts';
import type { Event } from '@eventstream/contracts/seed';
import { decide, type Order } from '@eventstream/domain';
import { foldRecorded } from '@eventstream/orders';

/** A request that can never become an event. `field` is its path in the request. */
export class MalformedSeedEvent extends Error {
  readonly field: string;

  constructor(field: string, why: string, cause?: unknown) {
    super(`${field}: ${why}`, { cause });
    this.name = 'MalformedSeedEvent';
    this.field = field;
  }
}

/** A request that names an event of an order; its data has not been understood yet, which takes the order's currency. */
export interface SeedEvent {
  readonly id: EventId;
  readonly kind: OrderEventKind;
  readonly orderId: OrderId;
  readonly data: Uint8Array;
}

/** What a decision needs beside the order. */
export interface SeedSurroundings {
  /** Of an order that names none. */
  readonly defaultCurrency: Currency;
  readonly nowMs: number;
  readonly traceparent: string | undefined;
}

/** What is to be done about a request. */
export type SeedDecision =
  | { readonly kind: 'store'; readonly event: NewEvent }
  /** The same event, or the same meaning, is recorded already: a success without another event. */
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly reason: string };

/** The events that end a saga's undoing: whoever could write them here could make an order's money disappear. */
const internalKinds: ReadonlySet<OrderEventKind> = new Set(['paymentVoidRequested', 'paymentVoided', 'cancelled']);

/** Checks a request's fields. Throws `MalformedSeedEvent`. */
export function readSeedEvent(event: Event | undefined): SeedEvent {
  if (!event) throw new MalformedSeedEvent('event', 'is missing');
  const kind = orderEventKind(event.eventType);
  if (!kind)
    throw new MalformedSeedEvent('event.event_type', `${shown(event.eventType)} is not an event type of ORDERS`);
  if (event.stream !== ordersLog)
    throw new MalformedSeedEvent('event.stream', `must be ORDERS, not ${shown(event.stream)}`);
  if (event.aggregateType !== 'order')
    throw new MalformedSeedEvent('event.aggregate_type', `must be order, not ${shown(event.aggregateType)}`);
  const order = readUuid('event.aggregate_id', orderId, event.aggregateId);
  checkOrderIdInside(event.eventData, order);
  return {
    id: readUuid('event.event_id', eventId, event.eventId),
    kind,
    orderId: order,
    data: new TextEncoder().encode(event.eventData),
  };
}

/** Runs a parser of a uuid on a field. Throws `MalformedSeedEvent`. */
export function readUuid<T>(field: string, parse: (value: unknown) => T, value: string): T {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    throw new MalformedSeedEvent(field, value === '' ? 'is missing' : error.message, error);
  }
}

/** The order is named twice, beside the data and in it: two different names are a mistake of somebody's. */
function checkOrderIdInside(data: string, order: OrderId): void {
  const json = data === '' ? {} : parseJson(data);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new MalformedSeedEvent('event.event_data', 'must be a JSON object or empty');
  for (const [name, value] of Object.entries(json)) {
    if (name !== 'order_id' && name !== 'OrderID') continue;
    if (typeof value === 'string' && value.toLowerCase() === order) continue;
    throw new MalformedSeedEvent('event.event_data', `${name} is not the order of event.aggregate_id`);
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new MalformedSeedEvent('event.event_data', 'is not JSON', error);
  }
}

/**
 * Decides on a request, given all events of its order. Throws `MalformedSeedEvent` when its data does not fit its type,
 * and `UndecodableEvent` when a stored event cannot be read.
 */
export function decideSeedEvent(
  request: SeedEvent,
  recorded: readonly RecordedEvent[],
  surroundings: SeedSurroundings,
): SeedDecision {
  const same = recorded.find(({ id }) => id === request.id);
  if (same)
    return isSame(same, request) ? { kind: 'already' } : refused(`event ${request.id} is stored with other content`);
  if (internalKinds.has(request.kind))
    return refused(`${typeOfKind(request.kind)} is written by the platform alone, as part of undoing an order`);
  const { order } = foldRecorded(recorded);
  const event = newEvent(request, order, surroundings);
  const decision = decide(order, understand(event, request.orderId, surroundings.nowMs));
  switch (decision.kind) {
    case 'event':
      return { kind: 'store', event };
    case 'already':
      return { kind: 'already' };
    case 'rejected':
      return refused(decision.rejection.message);
  }
}

/** The event with what its sender left out: amounts without a currency are in the order's own, or in the default one. */
function newEvent(request: SeedEvent, order: Order, { defaultCurrency, traceparent }: SeedSurroundings): NewEvent {
  const metadata: Metadata = {
    [metadataKeys.schemaVersion]: '0',
    [metadataKeys.currency]: order.status === 'none' ? defaultCurrency : order.details.amount.currency,
    [metadataKeys.correlationId]: request.orderId,
    [metadataKeys.actor]: 'external',
    ...(traceparent === undefined ? {} : { [metadataKeys.traceparent]: traceparent }),
  };
  return { id: request.id, type: typeOfKind(request.kind), data: request.data, metadata };
}

/** Reads the event exactly as everybody will read it once it is stored: what cannot be read then is refused now. */
function understand(event: NewEvent, order: OrderId, nowMs: number): OrderEvent {
  const stream = orderStream(order);
  try {
    return decodeOrderEvent({
      ...event,
      log: ordersLog,
      stream,
      position: nowhere,
      revision: noRevision,
      recordedAtMs: nowMs,
    });
  } catch (error) {
    if (!(error instanceof UndecodableEvent)) throw error;
    throw new MalformedSeedEvent('event.event_data', `does not fit ${event.type}: ${error.why}`, error);
  }
}

function isSame(recorded: RecordedEvent, request: SeedEvent): boolean {
  return recorded.type === typeOfKind(request.kind) && Buffer.compare(recorded.data, request.data) === 0;
}

function refused(reason: string): SeedDecision {
  return { kind: 'refused', reason };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
