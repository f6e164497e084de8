/**
 * The relay's steady state: next is always last published + 1, taken from the feed or else read from the store, sent in
 * windows that do not wait for each other. Ends at the first doubt, or when told to.
 */
import { type Incarnation, type LogName, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import { type EventReader, pageEventsMax } from '@eventstream/event-store';
import type { Alarm } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { CopyState, LogCopy } from '../port.ts';
import type { Feed } from './feed.ts';
import { WindowsUnderWay } from './windows-under-way.ts';

/** What the relay reads from the store. */
export type RelaySource = Pick<EventReader, 'readLog' | 'head'>;

/** How fast the relay may go. */
export interface FollowLimits {
  readonly windowEventsMax: number;
  /** So many events may be under way at once, and so many are compared with the broker after a doubt. */
  readonly inFlightEventsMax: number;
  readonly inFlightBytesMax: number;
  /** The store's head is asked for at least this often: another instance may have committed. */
  readonly headPollMs: number;
  /** How often the relay looks whether the broker still has what it acknowledged, and as what stream. */
  readonly auditMs: number;
}

/** The surroundings of one stretch of following. */
export interface FollowOptions {
  readonly log: LogName;
  readonly incarnation: Incarnation;
  /** Published so far. */
  readonly from: Position;
  readonly source: RelaySource;
  readonly copy: LogCopy;
  readonly feed: Feed;
  /** Rung when there may be more to do. */
  readonly alarm: Alarm;
  readonly limits: FollowLimits;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
  /** Told what each audit finds at the broker. */
  readonly onAudit: (found: CopyState) => void;
  readonly onProgress: (published: Position, head: Position) => void;
  /** One event the broker refuses for ever; a stub goes out in its place. */
  readonly onStub: (at: Position, reason: string) => void;
}

/** Follows until doubt or abort, with nothing left in flight. Resolves with the reason for doubt. Rejects when the store can't be asked. */
export async function follow(options: FollowOptions): Promise<string> {
  return new Following(options).run();
}

class Following {
  readonly #options: FollowOptions;
  #windows: WindowsUnderWay;
  #next: Position;
  #head: Position;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  #auditedAtMs: number;
  /** Read from the store last: a page costs its round trips however few of its events fit into a window. */
  #page: readonly RecordedEvent[] = [];

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#head = options.from;
    this.#next = position(options.from + 1);
    this.#auditedAtMs = options.scheduler.nowMs();
    this.#windows = this.#newWindows(options.from);
  }

  async run(): Promise<string> {
    const { signal, alarm, limits } = this.#options;
    try {
      while (!signal.aborted) {
        const doubt = (await this.#settleTrouble()) ?? (await this.#pollHead()) ?? (await this.#audit());
        if (doubt !== undefined) return doubt;
        const moved = this.#hasRoom() && (await this.#sendNext());
        if (moved) continue;
        await alarm.wait(limits.headPollMs, signal);
      }
      return 'told to stop';
    } finally {
      await this.#windows.drained();
      this.#report();
    }
  }

  /** A doubt, when there is one; an unpublishable event is replaced by its stub, and the way goes on behind it. */
  async #settleTrouble(): Promise<string | undefined> {
    const { trouble } = this.#windows;
    if (trouble === undefined) return undefined;
    await this.#windows.drained();
    if (trouble.kind === 'doubt') return trouble.reason;
    const { copy, incarnation, onStub } = this.#options;
    const event = await this.#readOne(trouble.position);
    const outcome = await copy.publishStub(event, incarnation);
    if (outcome.kind !== 'published') return `the stub for position ${event.position} failed: ${outcome.reason}`;
    onStub(event.position, trouble.reason);
    this.#windows = this.#newWindows(event.position);
    this.#next = position(event.position + 1);
    return undefined;
  }

  async #pollHead(): Promise<string | undefined> {
    const { scheduler, limits, source, log, incarnation } = this.#options;
    const nowMs = scheduler.nowMs();
    if (Math.abs(nowMs - this.#polledAtMs) < limits.headPollMs) return undefined;
    const head = await source.head(log);
    this.#polledAtMs = scheduler.nowMs();
    if (head.incarnation !== incarnation) return 'the store has begun another life of the log';
    if (head.position < this.#windows.published) return `the store's head went back to ${head.position}`;
    this.#head = head.position;
    this.#report();
    return undefined;
  }

  /**
   * While none are published, only a look shows whether the broker has all events. While events flow each publish shows it, but
   * not that the stream was edited meanwhile: that it is replicated now, which decides how it may be published to.
   */
  async #audit(): Promise<string | undefined> {
    const { copy, scheduler, limits, incarnation, onAudit } = this.#options;
    if (Math.abs(scheduler.nowMs() - this.#auditedAtMs) < limits.auditMs) return undefined;
    await this.#windows.drained();
    if (this.#windows.trouble !== undefined) return undefined; // what is in trouble is settled first
    this.#auditedAtMs = scheduler.nowMs();
    const state = await copy.inspect();
    onAudit(state);
    const asItShould = state.kind === 'ours' && state.incarnation === incarnation;
    if (asItShould && state.last === this.#windows.published) return undefined;
    return `the broker does not have what it acknowledged up to ${this.#windows.published}`;
  }

  #hasRoom(): boolean {
    const { inFlightEventsMax, inFlightBytesMax } = this.#options.limits;
    const { eventsInFlight, bytesInFlight } = this.#windows;
    return eventsInFlight < inFlightEventsMax && bytesInFlight < inFlightBytesMax;
  }

  /** Sends the next window, if there is one. */
  async #sendNext(): Promise<boolean> {
    const { feed, incarnation, limits } = this.#options;
    const room = Math.min(limits.windowEventsMax, limits.inFlightEventsMax - this.#windows.eventsInFlight);
    this.#head = position(Math.max(this.#head, feed.last ?? 0));
    let events = feed.take(this.#next, room, incarnation);
    if (events.length > 0) this.#page = [];
    else if (this.#head >= this.#next) events = await this.#readAhead(room);
    const last = events.at(-1);
    if (last === undefined) return false;
    this.#windows.submit(events);
    this.#next = position(last.position + 1);
    return true;
  }

  /** Events from `next` on, out of the page at hand or else a new one. */
  async #readAhead(room: number): Promise<readonly RecordedEvent[]> {
    // After a doubt `next` may lie before the page: then it is of no use.
    const from = (): number => this.#next - (this.#page[0]?.position ?? Number.POSITIVE_INFINITY);
    if (from() < 0 || from() >= this.#page.length) this.#page = await this.#read(pageEventsMax);
    return this.#page.slice(from(), from() + room);
  }

  /** Events from `next` on, or none when the page shows that this is another life of the log (the next poll says so). */
  async #read(limit: number): Promise<readonly RecordedEvent[]> {
    const { source, log, incarnation } = this.#options;
    const page = await source.readLog(log, position(this.#next - 1), { limit });
    if (page.incarnation !== incarnation) {
      this.#polledAtMs = Number.NEGATIVE_INFINITY;
      return [];
    }
    this.#head = page.head;
    const first = page.events[0];
    if (first !== undefined && first.position !== this.#next) {
      throw new Error(`log ${log} has no position ${this.#next}: the store answered ${first.position} instead`);
    }
    return page.events;
  }

  async #readOne(at: Position): Promise<RecordedEvent> {
    const page = await this.#options.source.readLog(this.#options.log, position(at - 1), { limit: 1 });
    const [event] = page.events;
    if (event?.position !== at) throw new Error(`log ${this.#options.log} has no position ${at}`);
    return event;
  }

  #newWindows(from: Position): WindowsUnderWay {
    const { copy, incarnation, alarm } = this.#options;
    return new WindowsUnderWay(copy, {
      from,
      incarnation,
      onSettled: () => {
        this.#report();
        alarm.ring();
      },
    });
  }

  #report(): void {
    const { published } = this.#windows;
    this.#options.onProgress(published, position(Math.max(this.#head, published)));
  }
}
