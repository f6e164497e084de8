/** An order as the event store knows it: the truth that every decision is made on. */
import {
  decodeOrderEvent,
  metadataKeys,
  noRevision,
  type OrderId,
  orderStream,
  ordersLog,
  type RecordedEvent,
  type Revision,
} from '@eventstream/contracts';
import { evolve, noOrder, type Order } from '@eventstream/domain';
import { type EventReader, loadStream } from '@eventstream/event-store';

/** An order, and the revision it was seen at: the lock for whoever decides on it. */
export interface SeenOrder {
  readonly order: Order;
  readonly revision: Revision;
  /** The trace its latest event belongs to, as a W3C traceparent; absent when it has none or nobody looked. */
  readonly traceparent?: string;
}

/** The order after events that were read from its stream, oldest first and without a gap. Throws `UndecodableEvent`. */
export function foldRecorded(events: readonly RecordedEvent[]): SeenOrder {
  let order: Order = noOrder;
  for (const event of events) order = evolve(order, decodeOrderEvent(event));
  const last = events.at(-1);
  const traceparent = last?.metadata[metadataKeys.traceparent];
  return { order, revision: last?.revision ?? noRevision, ...(traceparent === undefined ? {} : { traceparent }) };
}

/** Reads an order's stream and folds it. An unknown order has status `none` and revision 0. */
export async function loadOrder(reader: EventReader, id: OrderId): Promise<SeenOrder> {
  return foldRecorded(await loadStream(reader, ordersLog, orderStream(id)));
}
