/**
 * Publishes a log's events to the broker, in order, at sequence = position, whatever crashes. The database is the truth;
 * the broker's copy is repaired from it.
 *
 *   standby ──lease──▶ resyncing ──▶ following
 *      ▲                │  ▲  ▲           │
 *      └──lease lost────┘  │  └──doubt────┘
 *                          ▼
 *                        halted: looks again every few seconds, so the way out is a command and nothing else
 *
 * Any doubt (refused, no answer, other life) leads back to `resyncing`, which reads the broker, then the store, and
 * decides. Two relays may run: one leads by the lease, and if both believe they do, the fence on each message refuses one.
 */
import { randomUUID } from 'node:crypto';
import { type Incarnation, type LogName, nowhere, type Position, type RecordedEvent } from '@eventstream/contracts';
import { Alarm, type Logger, messageOf, type Part, type Readiness } from '@eventstream/platform';
import { type Scheduler, systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import type { CopyState, LogCopy } from '../port.ts';
import { Feed } from './feed.ts';
import { follow, type RelaySource } from './follow.ts';
import type { HighWaterMark, LeaseClaim, RelayLease } from './lease.ts';
import { type Look, type Looked, lookAtBoth } from './look.ts';
import { RelayCondition, type RelayState } from './relay-condition.ts';
import { relayMetrics } from './relay-metrics.ts';
import { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
import type { RelayHalt, Resync } from './resync.ts';

/** What a relay is made of. */
export interface RelayOptions {
  readonly log: LogName;
  readonly source: RelaySource;
  readonly copy: LogCopy;
  readonly lease: RelayLease;
  readonly logger: Logger;
  readonly scheduler?: Scheduler;
  /** Told of each look, leading or not: a store that went back must not be written to by any instance. Must not throw. */
  readonly onLook?: (look: Look) => void;
  /** Names this instance to the lease; no other may have it. Default: a random one. */
  readonly holder?: string;
  readonly settings?: Partial<RelaySettings>;
}

/** One log's relay. */
export class Relay implements Part {
  readonly name: string;
  readonly checks: readonly [Readiness, Readiness];
  readonly #options: RelayOptions;
  readonly #settings: RelaySettings;
  readonly #scheduler: Scheduler;
  readonly #condition: RelayCondition;
  readonly #feed: Feed;
  readonly #alarm: Alarm;
  readonly #claim: LeaseClaim;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #mark: HighWaterMark | undefined;

  constructor(options: RelayOptions) {
    this.name = `relay ${options.log}`;
    this.#options = options;
    this.#settings = { ...defaultRelaySettings, ...options.settings };
    this.#scheduler = options.scheduler ?? systemScheduler;
    this.#condition = new RelayCondition(this.name, options.log, this.#scheduler);
    this.checks = this.#condition.checks;
    this.#feed = new Feed({ eventsMax: this.#settings.feedEventsMax, bytesMax: this.#settings.feedBytesMax });
    this.#alarm = new Alarm(this.#scheduler);
    this.#claim = { log: options.log, holder: options.holder ?? randomUUID(), ttlMs: this.#settings.leaseMs };
  }

  /** What it is doing now. */
  get state(): RelayState {
    return this.#condition.state;
  }

  /** Everything up to here is known to be at the broker; 0 before the first look. */
  get published(): Position {
    return this.#mark?.position ?? nowhere;
  }

  /**
   * Tells the relay of events that were just committed, in order, so that it need not read them. Never blocks, never
   * fails: what does not fit is dropped here and read from the store later.
   */
  offer(events: readonly RecordedEvent[], incarnation: Incarnation): void {
    if (this.state.kind === 'standby' || this.state.kind === 'halted') return;
    this.#feed.offer(events, incarnation);
    this.#alarm.ring();
  }

  /** Begins to work; the broker and the store need not be there yet. */
  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  /** Publishes no more, waits for the acks under way, and gives the lease back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const stopped = this.#stopping.signal;
    while (!stopped.aborted) {
      const term = await this.#options.lease.acquire(this.#claim).catch((error: unknown) => this.#cannotAcquire(error));
      if (term === undefined) {
        await this.#lookBeside();
        await waitFor(this.#scheduler, this.#settings.leaseMs / 5, stopped);
        continue;
      }
      this.#mark = term.mark;
      const lost = new AbortController();
      const renewing = this.#renew(term.epoch, lost);
      await this.#lead(AbortSignal.any([stopped, lost.signal]));
      lost.abort();
      await renewing;
      this.#feed.clear();
      this.#condition.gotOn();
      this.#condition.enter({ kind: 'standby' });
      // Whoever comes next would wait until the lease has run out; when this fails, that is what happens.
      await this.#options.lease.release(this.#claim, term.epoch, this.#mark).catch(() => {});
    }
  }

  /** While another instance leads, or the lease cannot be asked for, this one still says what it sees. */
  async #lookBeside(): Promise<void> {
    if (this.#options.onLook === undefined) return;
    try {
      const { decision } = await this.#look(0);
      this.#tellLook(decision);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'a relay on standby could not look at the broker and the store');
    }
  }

  #cannotAcquire(error: unknown): undefined {
    this.#options.logger.warn({ err: error }, 'the relay cannot ask for its lease');
  }

  /** Keeps the lease and the mark until `lost`; ends the term when somebody else has the lease or it can't be renewed in time. */
  async #renew(epoch: number, lost: AbortController): Promise<void> {
    const { leaseMs } = this.#settings;
    let renewedAtMs = this.#scheduler.nowMs();
    const end = AbortSignal.any([lost.signal, this.#stopping.signal]);
    for (;;) {
      await waitFor(this.#scheduler, leaseMs / 5, end);
      if (end.aborted) return;
      const askedAtMs = this.#scheduler.nowMs();
      const renewed = await this.#options.lease.renew(this.#claim, epoch, this.#mark).catch(() => undefined);
      if (renewed === true) renewedAtMs = askedAtMs;
      if (renewed === false || this.#scheduler.nowMs() - renewedAtMs > leaseMs) {
        this.#options.logger.warn({ epoch }, 'the relay has lost its lease');
        lost.abort();
      }
    }
  }

  async #lead(end: AbortSignal): Promise<void> {
    let waitMs = this.#settings.retryMinMs;
    let reason = 'just begun to lead';
    while (!end.aborted) {
      this.#condition.enter({ kind: 'resyncing', reason });
      const before = this.published;
      try {
        reason = await this.#resyncAndFollow(end);
      } catch (error) {
        reason = messageOf(error);
        this.#options.logger.warn({ err: error }, 'the relay cannot go on for now');
      }
      if (end.aborted) return;
      if (this.published === before) this.#condition.gotNowhere(reason);
      waitMs = this.published > before ? this.#settings.retryMinMs : Math.min(waitMs * 2, this.#settings.retryMaxMs);
      await waitFor(this.#scheduler, this.state.kind === 'halted' ? this.#settings.haltedRecheckMs : waitMs, end);
    }
  }

  /** Resolves with why it came to an end; rejects when broker or store can't be asked. */
  async #resyncAndFollow(end: AbortSignal): Promise<string> {
    const { log, source, copy } = this.#options;
    if (this.state.kind !== 'halted') relayMetrics.resyncs.inc({ log });
    const { head, decision } = await this.#look(this.#settings.inFlightEventsMax);
    this.#tellLook(decision);
    if (decision.kind === 'halted') return this.#halt(decision);
    this.#tellLoss(decision);
    if (decision.kind === 'create') await copy.create(head.incarnation);
    const from = decision.kind === 'create' ? nowhere : decision.from;
    this.#mark = { incarnation: head.incarnation, position: from };
    this.#condition.enter({ kind: 'following' });
    const reason = await follow({
      log,
      source,
      copy,
      from,
      feed: this.#feed,
      alarm: this.#alarm,
      limits: this.#settings,
      scheduler: this.#scheduler,
      incarnation: head.incarnation,
      signal: end,
      onAudit: (found) => this.#condition.sawCopy(found),
      onProgress: (published, at) => this.#progress(head.incarnation, published, at),
      onStub: (at, why) => this.#tellStub(at, why),
    });
    if (!end.aborted) this.#options.logger.info({ log, reason }, 'the relay is in doubt and looks at the broker');
    return reason;
  }

  #look(comparedMax: number): Promise<Looked> {
    const { log, source, copy } = this.#options;
    return lookAtBoth({ log, source, copy, inspect: () => this.#inspect(), mark: this.#mark, comparedMax });
  }

  async #inspect(): Promise<CopyState> {
    try {
      const found = await this.#options.copy.inspect();
      this.#condition.sawCopy(found);
      return found;
    } catch (error) {
      this.#options.onLook?.({ kind: 'brokerSilent' });
      throw error;
    }
  }

  #tellLook(decision: Resync): void {
    this.#options.onLook?.(decision.kind === 'halted' ? decision : { kind: 'sound' });
  }

  #halt(halt: RelayHalt): string {
    if (this.state.kind !== 'halted') {
      const { log } = this.#options;
      this.#options.logger.error(
        { log, code: halt.code, reason: halt.reason, nextStep: halt.nextStep },
        'the relay halts',
      );
    }
    this.#condition.enter(halt);
    return halt.reason;
  }

  #progress(incarnation: Incarnation, published: Position, head: Position): void {
    const { log } = this.#options;
    const before = this.#mark?.position ?? nowhere;
    if (published > before) relayMetrics.published.inc({ log }, published - before);
    if (published > before || published === head) this.#condition.gotOn();
    this.#mark = { incarnation, position: published };
    relayMetrics.lag.set({ log }, head - published);
  }

  #tellLoss(decision: Exclude<Resync, RelayHalt>): void {
    if (decision.lost === 0) return;
    const { log, logger } = this.#options;
    relayMetrics.brokerLost.inc({ log }, decision.lost);
    logger.error(
      { log, lost: decision.lost },
      'the broker has lost events it had acknowledged; they are published again',
    );
  }

  #tellStub(at: Position, reason: string): void {
    const { log, logger } = this.#options;
    relayMetrics.stubs.inc({ log });
    logger.error({ log, position: at, reason }, 'the broker refuses an event for good; a stub went out in its place');
  }
}
