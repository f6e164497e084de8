/**
 * Orders whose creation was heard of lately, so that whoever handles the event right after it need not read the stream:
 * one question less to the store and the database, and one hop less for the order (docs/decisions/0017).
 * What it answers is what `loadOrder` would have answered when the event had just been stored, or nothing.
 */
import { metadataKeys, type RecordedEvent, type StreamName, UndecodableEvent } from '@eventstream/contracts';
import { PassingMap } from '@eventstream/platform';
import { foldRecorded, type SeenOrder } from './load-order.ts';

/** Beyond it the oldest are forgotten: orders that wait for longer than so many others are read, as all were before. */
const ordersMax = 4_000;

/** The latest creations, each until it is asked for. */
export class HeardOrders {
  readonly #created = new PassingMap<StreamName, RecordedEvent>();

  /**
   * Keeps an order's creation as it came, which costs next to nothing: the relay publishes a backlog far faster than
   * orders could be decoded here, and a broker cuts off whoever does not keep up.
   */
  hear(created: RecordedEvent): void {
    // A copy: its bytes lie in a larger buffer, which would live on with them.
    this.#created.set(created.stream, { ...created, data: created.data.slice() });
    if (this.#created.size > ordersMax) this.#forgetOldest();
  }

  /**
   * The order as it is with `event`, when that is the second of its stream and names the creation that was heard as its
   * cause. An id belongs to one event for ever, so it is that creation in whichever life of the log. Answered once.
   */
  takeWith(event: RecordedEvent): SeenOrder | undefined {
    const created = this.#created.take(event.stream);
    if (created === undefined) return undefined;
    const isNext = event.revision === created.revision + 1;
    const isCause = event.metadata[metadataKeys.causationId] === created.id;
    return isNext && isCause ? folded([created, event]) : undefined;
  }

  #forgetOldest(): void {
    const [oldest] = this.#created.entries();
    if (oldest !== undefined) this.#created.take(oldest[0]);
  }
}

/** Nothing where an event cannot be read: whoever reads the stream then finds out, and says so. */
function folded(events: readonly RecordedEvent[]): SeenOrder | undefined {
  try {
    return foldRecorded(events);
  } catch (error) {
    if (error instanceof UndecodableEvent) return undefined;
    throw error;
  }
}
