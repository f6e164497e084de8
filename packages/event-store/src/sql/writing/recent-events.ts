/**
 * The newest events of a log in memory: consecutive, bounded by count and bytes. A stored event never changes, so what
 * is found here under an id is as good as what the database would say; what is not found may be stored all the same.
 */
import type { EventId, Position, RecordedEvent } from '@eventstream/contracts';
import { eventBytes } from '../../scan-log.ts';

/** How much is kept. */
export interface RecentEventsLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** The newest events, by id and in order. */
export class RecentEvents {
  readonly #limits: RecentEventsLimits;
  readonly #byId = new Map<EventId, RecordedEvent>();
  #events: RecordedEvent[] = [];
  /** Where the kept ones begin in `#events`: dropping one moves it, and the list is shifted only now and then. */
  #start = 0;
  #bytes = 0;

  constructor(limits: RecentEventsLimits) {
    this.#limits = limits;
  }

  find(id: EventId): RecordedEvent | undefined {
    return this.#byId.get(id);
  }

  /** Adds events that follow each other. If they don't follow the last one kept, those before are forgotten. */
  add(events: readonly RecordedEvent[]): void {
    const [first] = events;
    const last = this.#events.at(-1);
    if (first === undefined) return;
    if (last !== undefined && first.position !== last.position + 1) this.clear();
    for (const event of events) {
      this.#events.push(event);
      this.#byId.set(event.id, event);
      this.#bytes += eventBytes(event);
    }
    this.#trim();
  }

  clear(): void {
    this.#byId.clear();
    this.#events = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  /** The kept events after a position as a list and where they start in it, or undefined when the first is not kept. */
  after(at: Position): { readonly events: readonly RecordedEvent[]; readonly start: number } | undefined {
    const first = this.#events[this.#start];
    const last = this.#events.at(-1);
    if (first === undefined || last === undefined || at < first.position - 1 || at >= last.position) return undefined;
    return { events: this.#events, start: this.#start + (at - first.position) + 1 };
  }

  #trim(): void {
    while (this.#events.length - this.#start > this.#limits.eventsMax || this.#bytes > this.#limits.bytesMax) {
      const oldest = this.#events[this.#start];
      if (oldest === undefined) break;
      this.#byId.delete(oldest.id);
      this.#bytes -= eventBytes(oldest);
      this.#start += 1;
    }
    if (this.#start * 2 <= this.#events.length) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }
}
