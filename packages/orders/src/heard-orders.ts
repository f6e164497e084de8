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

interface HeardOrder {
  readonly created: Pick<RecordedEvent, 'id'>;
  readonly seen: SeenOrder;
}

/** The latest creations, each until it is asked for. */
export class HeardOrders {
  readonly #byStream = new PassingMap<StreamName, HeardOrder>();

  /** Keeps an order's creation, folded: its bytes lie in a larger buffer, which would live on with them. */
  hear(created: RecordedEvent): void {
    try {
      this.#byStream.set(created.stream, { created: { id: created.id }, seen: foldRecorded([created]) });
    } catch (error) {
      // The worker whose task it is makes a dead letter of it.
      if (!(error instanceof UndecodableEvent)) throw error;
    }
    if (this.#byStream.size > ordersMax) this.#forgetOldest();
  }

  /**
   * The order as it is with `event`, when that is the second of its stream and names the creation that was heard as its
   * cause. An id belongs to one event for ever, so it is that creation in whichever life of the log. Answered once.
   * Throws `UndecodableEvent`.
   */
  takeWith(event: RecordedEvent): SeenOrder | undefined {
    const heard = this.#byStream.take(event.stream);
    if (heard === undefined) return undefined;
    const isNext = event.revision === heard.seen.revision + 1;
    const isCause = event.metadata[metadataKeys.causationId] === heard.created.id;
    return isNext && isCause ? foldRecorded([event], heard.seen) : undefined;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byStream.entries();
    if (oldest !== undefined) this.#byStream.take(oldest[0]);
  }
}
