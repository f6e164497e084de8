/**
 * Deliveries of a follower, by position, until their page is committed. Holds no more than the broker hands over
 * unsettled.
 */
import type { Position, RecordedEvent } from '@eventstream/contracts';
import type { Delivery } from '@eventstream/messaging';
import { PassingMap } from '@eventstream/platform';

/** How much one page may have. */
export interface PageLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** What arrived and is not committed yet. */
export class DeliveryBuffer {
  readonly #byPosition = new PassingMap<number, Delivery>();
  /** The latest delivery at or before what is committed: its ack covers those before it. */
  #toAck: Delivery | undefined;

  get size(): number {
    return this.#byPosition.size;
  }

  add(delivery: Delivery): void {
    this.#byPosition.set(delivery.event.position, delivery);
  }

  /** Consecutive events from `first` on, as many as are here and make a page. They stay until `settleTo`. */
  page(first: Position, { eventsMax, bytesMax }: PageLimits): readonly RecordedEvent[] {
    const events: RecordedEvent[] = [];
    let bytes = 0;
    for (let at: number = first; events.length < eventsMax && bytes < bytesMax; at += 1) {
      const delivery = this.#byPosition.get(at);
      if (delivery === undefined || delivery.stub) break;
      events.push(delivery.event);
      bytes += delivery.event.data.byteLength;
    }
    return events;
  }

  /** Everything up to here is committed: drops and acks what is here of it. */
  settleTo(committed: Position): void {
    for (const [at, delivery] of this.#byPosition.entries()) {
      if (at > committed) continue;
      this.#byPosition.take(at);
      if (at > (this.#toAck?.event.position ?? 0)) this.#toAck = delivery;
    }
    this.#toAck?.ack();
    this.#toAck = undefined;
  }

  /** Tells the broker that what is here is still wanted. */
  extendAll(): void {
    for (const delivery of this.#byPosition.values()) delivery.extend();
  }

  /** Forgets everything; the broker delivers it again. */
  clear(): void {
    this.#byPosition.clear();
  }
}
