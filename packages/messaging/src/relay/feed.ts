/**
 * The relay's short cut from the commit: events that were just stored, so that they need not be read again.
 * Only a cache: it may drop anything at any time, and what it lacks is read from the store. Bounded in events and bytes.
 */
import type { Incarnation, Position, RecordedEvent } from '@eventstream/contracts';

/** How much the feed may hold. */
export interface FeedLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** Consecutive events of one life of the log. */
export class Feed {
  readonly #limits: FeedLimits;
  #events: RecordedEvent[] = [];
  #bytes = 0;
  #incarnation: Incarnation | undefined;

  constructor(limits: FeedLimits) {
    this.#limits = limits;
  }

  /** Last position the feed holds, or undefined when it is empty. */
  get last(): Position | undefined {
    return this.#events.at(-1)?.position;
  }

  /** Events held now. */
  get size(): number {
    return this.#events.length;
  }

  /** Keeps what continues the feed, while there is room; drops the rest. */
  offer(events: readonly RecordedEvent[], incarnation: Incarnation): void {
    if (incarnation !== this.#incarnation) this.clear();
    this.#incarnation = incarnation;
    for (const event of events) {
      const last = this.last;
      if (last !== undefined && event.position <= last) continue;
      if (last !== undefined && event.position !== last + 1) return; // a hole: another instance committed between
      if (this.#events.length >= this.#limits.eventsMax || this.#bytes + event.data.length > this.#limits.bytesMax)
        return;
      this.#events.push(event);
      this.#bytes += event.data.length;
    }
  }

  /** Takes up to `max` consecutive events from `next` on; empty when the feed does not have `next` in this life. */
  take(next: number, max: number, incarnation: Incarnation): readonly RecordedEvent[] {
    if (incarnation !== this.#incarnation) return [];
    const first = this.#events[0];
    if (first === undefined || first.position > next) return [];
    this.#drop(next - first.position);
    return this.#drop(max);
  }

  /** Forgets everything. */
  clear(): void {
    this.#events = [];
    this.#bytes = 0;
  }

  #drop(count: number): readonly RecordedEvent[] {
    const dropped = this.#events.splice(0, count);
    for (const event of dropped) this.#bytes -= event.data.length;
    return dropped;
  }
}
