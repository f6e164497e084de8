/**
 * What this process remembers of one log: its head, the revisions of streams used lately, the newest events.
 *
 * How far it may be trusted. Events found by id are exact always: a stored event never changes. A revision is never
 * too high, because streams only grow; it is exact as long as nobody else has written since it was learned, which
 * shows in the head. So a write may be stored on a remembered revision (its unique key proves that it was exact), but
 * a conflict may be answered only where the revision was exact and the head is still the remembered one.
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

/** A stream's revision, and whether it was exact at the remembered head. */
export interface RememberedRevision {
  readonly revision: Revision;
  readonly exact: boolean;
}

/** After so many commits with nobody in between the log counts as written by this process alone. */
const sharedForCommits = 32;

/** One log's cache. */
export class LogCache {
  readonly recent: RecentEvents;
  readonly #revisions: RecentlyUsed<StreamName, { readonly revision: Revision; readonly era: number }>;
  #life: Incarnation | undefined;
  #head: Position = nowhere;
  /** The furthest head that was read beside the commits of this process. */
  #seen: Pick<LogHead, 'position' | 'incarnation'> | undefined;
  /** Counts how often others were seen to have written: what was learned in an earlier era is no longer exact. */
  #era = 0;
  /** Commits of this process since others were last seen to have written. */
  #commitsAlone = Number.POSITIVE_INFINITY;

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

  /** When this changes, others have written since, and what was decided before may be out of date. */
  get era(): number {
    return this.#era;
  }

  /** Whether others write as well: they have, between the last commits of this process. */
  get isShared(): boolean {
    return this.#commitsAlone < sharedForCommits;
  }

  /**
   * The furthest that this life of the log is known to have been, whoever wrote. A log that is found before that has
   * lost events.
   */
  furthestIn(life: Incarnation): Position {
    const seen = this.#seen?.incarnation === life ? this.#seen.position : nowhere;
    return this.#life === life && this.#head > seen ? this.#head : seen;
  }

  /** Notes a head that was read. It only tells where the log has been, and nothing that this process may decide on. */
  noteHead({ position, incarnation }: LogHead): void {
    if (position > this.furthestIn(incarnation)) this.#seen = { position, incarnation };
  }

  /** Undefined when it is not remembered, which says nothing of whether the stream exists. */
  revisionOf(stream: StreamName): RememberedRevision | undefined {
    const known = this.#revisions.get(stream);
    return known === undefined ? undefined : { revision: known.revision, exact: known.era === this.#era };
  }

  eventOf(id: EventId): RecordedEvent | undefined {
    return this.recent.find(id);
  }

  /** Takes over revisions that were exact at the remembered head. */
  learn(revisions: ReadonlyMap<StreamName, Revision>): void {
    for (const [stream, revision] of revisions) this.#revisions.set(stream, { revision, era: this.#era });
  }

  /** The head row says this. If it is not where it was left, others have written, or it is another life. */
  sawHead({ position, incarnation }: LogHead): void {
    if (this.#life !== incarnation) {
      this.recent.clear();
      this.#revisions.clear();
    }
    if (this.#head !== position) {
      this.#era += 1;
      if (this.#life !== undefined) this.#commitsAlone = 0;
    }
    this.#life = incarnation;
    this.#head = position;
  }

  /** These were committed right behind the remembered head. */
  committed(events: readonly RecordedEvent[]): void {
    for (const { stream, revision } of events) this.#revisions.set(stream, { revision, era: this.#era });
    this.#head = events.at(-1)?.position ?? this.#head;
    this.#commitsAlone += 1;
    this.recent.add(events);
  }
}
