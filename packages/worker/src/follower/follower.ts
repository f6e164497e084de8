/**
 * Follows a whole log in order and feeds it to a sink: what arrives while one page is being committed is the next page.
 * Promises: the sink gets every position once and in order (gaps and whatever the broker does not deliver are read from
 * the store), a delivery is acked after its page is committed, and a log in another life is a halt.
 */
import { type LogName, nextPosition, type Position, type RecordedEvent } from '@eventstream/contracts';
import { type EventReader, pageEventsMax } from '@eventstream/event-store';
import type { Consumer, ConsumerSource, Delivery } from '@eventstream/messaging';
import { Alarm, type Logger, type Part, type Readiness, type Ready } from '@eventstream/platform';
import { type Scheduler, systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import { verdictOfError } from '../classify.ts';
import { haltedMs, LogLife } from '../reader/log-life.ts';
import { Pause } from '../reader/pause.ts';
import { aboutBacklog } from '../reader/warnings.ts';
import { DeliveryBuffer } from './delivery-buffer.ts';
import { defaultFollowerLimits, type FollowerLimits } from './follower-limits.ts';
import * as metrics from './follower-metrics.ts';
import type { LogSink } from './follower-port.ts';
import { Gathering } from './gathering.ts';
import { tracedPage } from './page-spans.ts';
import { PlaceInLog } from './place-in-log.ts';

/** What a follower is made of. Its durable consumer has the sink's name. */
export interface FollowerOptions {
  readonly sink: LogSink;
  readonly log: LogName;
  readonly consumers: ConsumerSource;
  readonly store: EventReader;
  readonly logger: Logger;
  readonly limits?: Partial<FollowerLimits>;
  /** Default: the machine's time. */
  readonly scheduler?: Scheduler;
  /** Jitter: a number from 0 to 1 each time it is asked. Default: Math.random. */
  readonly random?: () => number;
}

/** A follower as a part of a process. */
export interface Follower extends Part {
  /** Whether it works; then what its operators should know though it does: a backlog. */
  readonly checks: readonly [Readiness, ...Readiness[]];
  /** The checkpoint: everything up to here is committed. */
  position(): Position;
  /** The time (by the scheduler) at which everything that there was is known to have been read; undefined at first. */
  caughtUpAsOfMs(): number | undefined;
  /** Whether that time is no longer ago than three polls. False while halted. */
  caughtUp(): boolean;
}

/** After so many polls without a page the sink is asked whether its checkpoint is still the one that was written. */
const quietPollsMax = 10;

/** Makes a follower. `start` resolves at once: what is missing is waited for, and shows in `checks`. */
export function followLog(options: FollowerOptions): Follower {
  return new LogFollower(options);
}

class LogFollower implements Follower {
  readonly name: string;
  readonly checks: readonly [Readiness, ...Readiness[]];
  readonly #options: FollowerOptions;
  readonly #limits: FollowerLimits;
  readonly #scheduler: Scheduler;
  readonly #alarm: Alarm;
  readonly #stop = new AbortController();
  readonly #buffer = new DeliveryBuffer();
  readonly #place: PlaceInLog;
  readonly #life: LogLife;
  readonly #pause: Pause;
  readonly #gathering: Gathering;
  #running: Promise<void> = Promise.resolve();
  #consumer: Consumer | undefined;
  #extendedAtMs = Number.NEGATIVE_INFINITY;
  /** When the sink last answered where it is, by taking a page or when asked. */
  #sinkSeenAtMs = Number.NEGATIVE_INFINITY;
  /** The broker did not bring what the store had a poll ago: read the store up to its head. */
  #mustReadStore = false;

  constructor(options: FollowerOptions) {
    this.name = options.sink.name;
    this.#place = new PlaceInLog(this.name, options.log);
    this.#options = options;
    this.#limits = { ...defaultFollowerLimits, ...options.limits };
    this.#scheduler = options.scheduler ?? systemScheduler;
    this.#alarm = new Alarm(this.#scheduler);
    const { log, logger, random = Math.random } = options;
    this.#life = new LogLife({ kind: 'follower', name: this.name, log, logger, halted: () => this.#halted() });
    const { backoffFirstMs: firstMs, backoffMaxMs: maxMs, gatherMs, pageEventsMax: eventsMax } = this.#limits;
    const effects = { began: this.#pauseBegan.bind(this), recovered: this.#recovered.bind(this) };
    const backoff = { firstMs, maxMs, jitter: 'half', random } as const;
    this.#pause = new Pause(this.#scheduler, backoff, { effects, stopping: this.#stop.signal });
    this.#gathering = new Gathering({ gatherMs, eventsMax }, (event) => options.sink.mayWait?.(event) ?? false);
    this.checks = [
      { name: this.name, check: async () => this.#life.ready(this.#pause.waitsFor) },
      { name: `${this.name} backlog`, optional: true, check: async () => this.#backlog() },
    ];
    metrics.followerHalted.set({ follower: this.name }, 0);
    metrics.followerPaused.set({ follower: this.name }, 0);
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#consumer?.stop();
    await this.#running;
    await this.#consumer?.stop(); // the loop may have been about to open it
  }

  position(): Position {
    return this.#place.at;
  }

  caughtUpAsOfMs(): number | undefined {
    return this.#life.current === undefined ? undefined : this.#place.caughtUpAsOfMs;
  }

  caughtUp(): boolean {
    const asOfMs = this.caughtUpAsOfMs();
    return asOfMs !== undefined && this.#scheduler.nowMs() - asOfMs <= 3 * this.#limits.pollMs;
  }

  /** Being halted or paused is reported by the readiness check, not here. */
  #backlog(): Ready {
    const asOfMs = this.caughtUpAsOfMs();
    const forMs = asOfMs === undefined ? 0 : this.#scheduler.nowMs() - asOfMs;
    const { at, head } = this.#place;
    const complaint = aboutBacklog(
      forMs,
      (seconds) => `${this.name} is ${head - at} events behind, and has not caught up for ${seconds} s`,
    );
    return complaint === undefined ? { ok: true } : { ok: false, ...complaint };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#life.current === undefined) await this.#begin();
        else await this.#step();
        this.#pause.success('events');
      } catch (error) {
        this.#pause.fault(error, 'events');
        await this.#pause.passed();
      }
    }
  }

  /** Loads the checkpoint and goes on there, unless the log is in another life. */
  async #begin(): Promise<void> {
    const { halt } = this.#life;
    if (halt !== undefined) {
      await waitFor(this.#scheduler, haltedMs, this.#stop.signal);
      if (halt.untilRestart) return;
    }
    const { sink, log, store, logger } = this.#options;
    // The checkpoint first: a head that is asked for afterwards cannot lie behind it while the log is sound.
    const checkpoint = await sink.checkpoint();
    const askedAtMs = this.#scheduler.nowMs();
    const head = await store.head(log);
    if (!this.#life.mayBegin(head, checkpoint)) return;
    this.#life.begin(head.incarnation);
    this.#moveTo(checkpoint.position);
    this.#place.saw(head, askedAtMs);
    this.#mustReadStore = this.#place.at < head.position;
    metrics.followerHalted.set({ follower: this.name }, 0);
    if (this.#consumer === undefined) await this.#consume();
    else this.#consumer.resume();
    logger.info({ follower: this.name, position: this.#place.at, head: head.position }, 'follower has begun');
  }

  async #consume(): Promise<void> {
    const { log, consumers } = this.#options;
    const { ackWaitMs, unsettledMax } = this.#limits;
    this.#consumer = await consumers.consume(
      { name: this.name, log, type: 'all', ackWaitMs, unsettledMax, ackCovers: 'allBefore' },
      async () => this.#place.at,
      (delivery) => this.#deliver(delivery),
    );
  }

  #deliver(delivery: Delivery): void {
    if (!this.#life.admits(delivery.incarnation)) return delivery.retry(haltedMs);
    if (delivery.event.position <= this.#place.at) return delivery.ack();
    this.#buffer.add(delivery);
    if (this.#gathering.arrived(delivery.event, this.#scheduler.nowMs())) this.#alarm.ring();
  }

  /** Commits the next page, or waits for something to commit. */
  async #step(): Promise<void> {
    const nowMs = this.#scheduler.nowMs();
    if (nowMs - this.#place.askedAtMs >= this.#limits.pollMs) await this.#askHead();
    if (nowMs - this.#extendedAtMs >= this.#limits.ackWaitMs / 3) {
      this.#extendedAtMs = nowMs;
      this.#buffer.extendAll();
    }
    if (this.#life.current === undefined) return;
    const leftMs = this.#gathering.leftMs(nowMs);
    if (leftMs > 0 && !this.#mustReadStore) return this.#alarm.wait(leftMs, this.#stop.signal);
    this.#gathering.begin();
    const { pageEventsMax: eventsMax, pageBytesMax: bytesMax } = this.#limits;
    const arrived = this.#buffer.page(nextPosition(this.#place.at), { eventsMax, bytesMax });
    if (arrived.length > 0) return this.#apply(arrived, 'broker');
    // Something arrived, but not what is next: it is a gap, or a stub.
    if (this.#mustReadStore || this.#buffer.size > 0) return this.#readStore();
    if (nowMs - this.#sinkSeenAtMs >= quietPollsMax * this.#limits.pollMs) await this.#askSink(nowMs);
    if (this.#life.current === undefined) return;
    const pollInMs = this.#place.askedAtMs + this.#limits.pollMs - this.#scheduler.nowMs();
    await this.#alarm.wait(Math.max(0, pollInMs), this.#stop.signal);
  }

  /** A sink whose database was reset, or restored from an older copy, is fed again from where it is now. */
  async #askSink(nowMs: number): Promise<void> {
    const kept = await this.#options.sink.checkpoint();
    this.#sinkSeenAtMs = nowMs;
    if (this.#life.hasKept(this.#place.at, kept.position)) return;
    this.#consumer?.pause();
    this.#place.forget();
  }

  async #askHead(): Promise<void> {
    const askedAtMs = this.#scheduler.nowMs();
    const missedSinceLastTime = this.#place.at < this.#place.head;
    const head = await this.#options.store.head(this.#options.log);
    if (this.#life.isSound(head, this.#place.at)) this.#place.saw(head, askedAtMs);
    if (missedSinceLastTime) this.#mustReadStore = true;
  }

  async #readStore(): Promise<void> {
    const { store, log } = this.#options;
    const limit = Math.min(this.#limits.pageEventsMax, pageEventsMax);
    const askedAtMs = this.#scheduler.nowMs();
    const page = await store.readLog(log, this.#place.at, { limit });
    const head = { log, position: page.head, incarnation: page.incarnation };
    if (!this.#life.isSound(head, this.#place.at)) return;
    this.#place.saw(head, askedAtMs);
    if (page.events.length > 0) return this.#apply(page.events, 'store');
    this.#mustReadStore = false;
    // Either the next event arrives meanwhile, or the broker has what the store lacks, and for that the relay halts.
    await this.#alarm.wait(this.#limits.pollMs, this.#stop.signal);
  }

  async #apply(events: readonly RecordedEvent[], from: 'broker' | 'store'): Promise<void> {
    const { sink } = this.#options;
    const life = this.#life.current;
    const last = events.at(-1);
    if (life === undefined || last === undefined) return;
    this.#place.mustBeNext(events);
    const outcome = await tracedPage(this.name, events, () => sink.apply(events, life));
    switch (outcome.kind) {
      case 'committed':
        metrics.pageEvents.observe({ follower: this.name }, events.length);
        metrics.followedEvents.inc({ follower: this.name, from }, events.length);
        this.#sinkSeenAtMs = this.#scheduler.nowMs();
        this.#moveTo(last.position);
        return;
      case 'moved':
        this.#life.leave(); // begin again where the checkpoint is
        return;
    }
  }

  #moveTo(at: Position): void {
    this.#place.moveTo(at);
    this.#buffer.settleTo(at);
    if (at >= this.#place.head) this.#mustReadStore = false;
  }

  #halted(): void {
    this.#consumer?.pause();
    this.#buffer.clear();
    this.#place.forget();
    metrics.followerHalted.set({ follower: this.name }, 1);
  }

  #pauseBegan(fault: unknown, forMs: number): void {
    this.#consumer?.pause();
    metrics.followerPaused.set({ follower: this.name }, 1);
    const { logger } = this.#options;
    const line = { follower: this.name, err: fault, forMs };
    if (verdictOfError(fault).kind === 'infrastructure') logger.warn(line, 'the follower pauses');
    else logger.error(line, 'the follower itself failed; it tries again');
  }

  /** Deliveries are let in again only after a success: nothing before shows that the sink takes pages again. */
  #recovered(): void {
    metrics.followerPaused.set({ follower: this.name }, 0);
    if (this.#life.current !== undefined) this.#consumer?.resume();
  }
}
