/**
 * What this process remembers of one log: its head, the revisions of streams used lately, the newest events.
 *
 * How far it may be trusted: revisions are exact as long as the head in the database is the one remembered here,
 * because nothing is written without moving the head. So whatever is decided from this cache counts only if the same
 * statement finds the head unmoved. Events found by id are exact always.
 */
import {
  type EventId,
  type Incarnation,
  type LogHead,
  nowhere,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamName,
} from '@eventstream/contracts';
import { RecentEvents, type RecentEventsLimits } from './recent-events.ts';
import { RecentlyUsed } from './recently-used.ts';

/** How much is remembered. */
export interface LogCacheLimits {
  readonly recent: RecentEventsLimits;
  readonly streamsMax: number;
}

/** One log's cache. */
export class LogCache {
  readonly recent: RecentEvents;
  readonly #revisions: RecentlyUsed<StreamName, Revision>;
  #life: Incarnation | undefined;
  #head: Position = nowhere;

  constructor(limits: LogCacheLimits) {
    this.recent = new RecentEvents(limits.recent);
    this.#revisions = new RecentlyUsed(limits.streamsMax);
  }

  /** Undefined until the head row has been read. */
  get incarnation(): Incarnation | undefined {
    return this.#life;
  }

  get head(): Position {
    return this.#head;
  }

  /** Undefined when it is not remembered, which says nothing of whether the stream exists. */
  revisionOf(stream: StreamName): Revision | undefined {
    return this.#revisions.get(stream);
  }

  eventOf(id: EventId): RecordedEvent | undefined {
    return this.recent.find(id);
  }

  /** Takes over revisions that were exact at the remembered head. */
  learn(revisions: ReadonlyMap<StreamName, Revision>): void {
    for (const [stream, revision] of revisions) this.#revisions.set(stream, revision);
  }

  /** The head row says this. What was remembered of another life, or before others wrote, is forgotten. */
  sawHead({ position, incarnation }: LogHead): void {
    if (this.#life !== incarnation) this.recent.clear();
    if (this.#life !== incarnation || this.#head !== position) this.#revisions.clear();
    this.#life = incarnation;
    this.#head = position;
  }

  /** These were committed right behind the remembered head. */
  committed(events: readonly RecordedEvent[]): void {
    for (const event of events) this.#revisions.set(event.stream, event.revision);
    this.#head = events.at(-1)?.position ?? this.#head;
    this.recent.add(events);
  }
}
