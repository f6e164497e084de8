/**
 * One event type's consumer: its durable consumer at the broker, its mark, and the loop that looks after both.
 * Promises: it finds its own way whatever is missing at the start (database, store, broker), it halts when the log is in
 * another life than its mark, and the mark never passes an event that is not settled.
 */
import { type EventType, type LogName, nowhere, position } from '@eventstream/contracts';
import type { EventReader, PositionReader } from '@eventstream/event-store';
import type { Consumer, ConsumerSource, Delivery } from '@eventstream/messaging';
import { Alarm, type Logger, type Ready } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { NoteEffect } from '../dead-letters/dry-run.ts';
import { DryRuns } from '../dead-letters/dry-runs.ts';
import type { Handler } from '../handler.ts';
import type { WorkerLedger } from '../ledger.ts';
import { haltedMs, LogLife } from '../reader/log-life.ts';
import { Pause } from '../reader/pause.ts';
import { type Troubles, undeliveredShownMs } from '../reader/warnings.ts';
import type { WorkerLimits } from '../worker-limits.ts';
import { Handling } from './handling.ts';
import { KeptMark } from './kept-mark.ts';
import { LagWatch } from './lag-watch.ts';
import { Progress } from './progress.ts';
import { Repeater } from './repeater.ts';
import { SetAside } from './set-aside.ts';
import type { StuckStreams } from './stuck-streams.ts';
import { Sweeper } from './sweeper.ts';
import * as metrics from './worker-metrics.ts';

/** What a consumer is made of. */
export interface TypeConsumerParts {
  /** Durable name, such as `paymentworker-created`. */
  readonly consumer: string;
  readonly log: LogName;
  readonly type: EventType;
  readonly handler: Handler;
  /** The handler with ports that note instead of do; undefined: it has none. */
  readonly rehearse: ((note: NoteEffect) => Handler) | undefined;
  readonly source: ConsumerSource;
  readonly store: EventReader & PositionReader;
  readonly ledger: WorkerLedger;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  /** A number from 0 to 1 each time it is asked, for jitter. */
  readonly random: () => number;
}

/** Runs one consumer. */
export class TypeConsumer {
  readonly #parts: TypeConsumerParts;
  readonly #stop = new AbortController();
  readonly #progress = new Progress();
  readonly #life: LogLife;
  readonly #alarm: Alarm;
  readonly #pause: Pause;
  readonly #stuck: StuckStreams;
  readonly #repeater: Repeater;
  readonly #handling: Handling;
  readonly #sweeper: Sweeper;
  readonly #dryRuns: DryRuns;
  readonly #mark: KeptMark;
  readonly #lag: LagWatch;
  #running: Promise<void> = Promise.resolve();
  #consumer: Consumer | undefined;
  #extendedAtMs = Number.NEGATIVE_INFINITY;
  #openDeadLetters = 0;

  constructor(parts: TypeConsumerParts) {
    this.#parts = parts;
    const { consumer, log, scheduler, logger, limits, random } = parts;
    const jitter = 'half';
    const backoff = { firstMs: limits.backoffFirstMs, maxMs: limits.backoffMaxMs, jitter, random } as const;
    const pauseBackoff = { firstMs: limits.pauseFirstMs, maxMs: limits.pauseMaxMs, jitter, random } as const;
    const stopping = this.#stop.signal;
    const effects = { began: this.#pauseBegan.bind(this), ended: this.#pauseEnded.bind(this) };
    this.#life = new LogLife({ kind: 'consumer', name: consumer, log, logger, halted: () => this.#halted() });
    this.#alarm = new Alarm(scheduler);
    this.#pause = new Pause(scheduler, pauseBackoff, { effects, stopping });
    const shared = { ...parts, progress: this.#progress, pause: this.#pause, alarm: this.#alarm, stopping };
    const aside = new SetAside(shared);
    this.#stuck = aside.stuck;
    this.#repeater = new Repeater({ ...shared, mayWork: () => this.#life.current !== undefined });
    const policy = { backoff, attemptsMax: limits.attemptsMax };
    this.#handling = new Handling({ ...shared, policy, aside, repeater: this.#repeater });
    this.#sweeper = new Sweeper({ ...shared, aside, inHand: this.#handling.inHand });
    this.#mark = new KeptMark({
      ...parts,
      life: this.#life,
      reached: () => this.#sweeper.reached,
      onLost: () => this.#consumer?.pause(),
    });
    this.#dryRuns = new DryRuns(parts);
    this.#lag = new LagWatch(consumer, scheduler);
    metrics.halted.set({ consumer }, 0);
    metrics.paused.set({ consumer }, 0);
  }

  /** Begins to work. What is missing is waited for. */
  start(): void {
    this.#running = this.#run();
  }

  /** Finishes what is running, gives back what is not, and writes down how far it is. */
  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#running;
    this.#stop.abort();
    await this.#consumer?.stop();
    await this.#running;
    await this.#consumer?.stop(); // the loop may have been about to open it
    await this.#handling.whenIdle();
    if (this.#life.current === undefined || this.#pause.waitsFor !== undefined) return;
    try {
      await this.#sweeper.scan();
      await this.#mark.save(this.#progress.mark);
    } catch (error) {
      // The next start then does again what lies above the older mark, which is harmless.
      this.#parts.logger.debug(
        { consumer: this.#parts.consumer, err: error },
        'the mark could not be written at the stop',
      );
    }
  }

  /** Whether events are handled. */
  ready(): Ready {
    const ready = this.#life.ready(this.#pause.waitsFor);
    return ready.ok ? this.#lag.ready : ready;
  }

  /** What its operators should know though it is ready. */
  troubles(): Troubles {
    return {
      consumer: this.#parts.consumer,
      openDeadLetters: this.#openDeadLetters,
      undelivered: this.#sweeper.missedWithin(undeliveredShownMs),
      backlog: this.#lag.backlog,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#pause.passed();
      if (signal.aborted) return;
      try {
        // Also when opening the consumer failed: without it nothing is delivered, and only the sweeper finds work.
        if (this.#life.current === undefined || this.#consumer === undefined) await this.#begin();
        else await this.#tick();
      } catch (error) {
        this.#repeater.fault(error, 'upkeep');
      }
      await this.#alarm.wait(this.#life.halt === undefined ? this.#parts.limits.tickMs : haltedMs, signal);
    }
  }

  /** Reads the mark and begins there, unless the log is in another life. */
  async #begin(): Promise<void> {
    if (this.#life.halt?.untilRestart === true) return;
    const { consumer, log, ledger, store, logger } = this.#parts;
    // The mark first: a head that is asked for afterwards cannot lie behind it while the log is sound.
    const mark = await this.#mark.load();
    const head = await store.head(log);
    const from = mark?.position ?? nowhere;
    const forgottenTo = this.#mark.forgottenTo(head.incarnation);
    const remembered = { position: position(Math.max(from, forgottenTo)), incarnation: mark?.incarnation };
    if (!this.#life.mayBegin(head, remembered)) return;
    this.#progress.restart(from, await ledger.settledAbove(consumer, log, from));
    this.#sweeper.restart(head.position, forgottenTo);
    await this.#stuck.refresh();
    await ledger.endDryRuns(consumer);
    this.#life.begin(head.incarnation);
    this.#mark.begin(mark);
    metrics.halted.set({ consumer }, 0);
    await this.#mark.save(this.#progress.mark);
    if (this.#consumer === undefined) await this.#consume();
    else this.#consumer.resume();
    logger.info({ consumer, mark: this.#progress.mark, head: head.position }, 'consumer has begun');
  }

  async #consume(): Promise<void> {
    const { consumer: name, log, type, source, limits } = this.#parts;
    this.#consumer = await source.consume(
      { name, log, type, ackWaitMs: limits.ackWaitMs, unsettledMax: limits.unsettledMax },
      async () => this.#progress.mark,
      (delivery) => this.#deliver(delivery),
      (left) => {
        this.#sweeper.inherit(left);
        this.#alarm.ring();
      },
    );
  }

  #deliver(delivery: Delivery): void {
    if (!this.#life.admits(delivery.incarnation)) return delivery.retry(haltedMs);
    this.#sweeper.delivered(delivery.event.position);
    this.#handling.deliver(delivery);
  }

  async #tick(): Promise<void> {
    const { consumer, ledger, scheduler, limits } = this.#parts;
    const nowMs = scheduler.nowMs();
    if (nowMs - this.#extendedAtMs >= limits.ackWaitMs / 3) {
      this.#extendedAtMs = nowMs;
      this.#handling.inHand.extendAll();
    }
    this.#handling.expireAttempts();
    await ledger.takeRedrives(consumer);
    await this.#dryRuns.look();
    await this.#handling.claims.takeDue();
    const stuck = await this.#stuck.refresh();
    metrics.waitingWork.set({ consumer }, stuck.waiting);
    this.#openDeadLetters = stuck.openDeadLetters;
    metrics.openDeadLetters.set({ consumer }, stuck.openDeadLetters);
    metrics.inFlight.set({ consumer }, this.#handling.inHand.size);
    await this.#sweepIfDue(nowMs, stuck.waiting);
    await this.#mark.save(this.#progress.mark);
    await this.#lag.askIfDue(nowMs, this.#consumer);
    this.#pause.success('upkeep');
    // With nothing in hand no event can succeed and so end the pause.
    if (this.#handling.inHand.size === 0) this.#pause.success('events');
  }

  async #sweepIfDue(nowMs: number, waiting: number): Promise<void> {
    if (!this.#sweeper.beginIfDue(nowMs) || (await this.#mark.isLost())) return;
    const { log, store, limits } = this.#parts;
    // Deliveries go on while the store is asked: only what was seen before the question must lie within its answer.
    const { reached } = this.#sweeper;
    const seen = await this.#sweeper.scan();
    if (!this.#life.isSound(seen ?? (await store.head(log)), reached)) return;
    // What waits already is enough to do; more rows would only grow the table.
    if (waiting >= limits.rememberedMax) return;
    const taken = await this.#sweeper.takeUndelivered();
    // There may be more: look again at the next tick.
    if (taken > 0 || seen === undefined) this.#sweeper.sweepSoon();
  }

  #halted(): void {
    this.#consumer?.pause();
    metrics.halted.set({ consumer: this.#parts.consumer }, 1);
  }

  #pauseBegan(fault: unknown, forMs: number): void {
    const { consumer, logger } = this.#parts;
    this.#consumer?.pause();
    metrics.paused.set({ consumer }, 1);
    logger.warn({ consumer, err: fault, forMs }, 'the consumer pauses');
  }

  #pauseEnded(): void {
    metrics.paused.set({ consumer: this.#parts.consumer }, 0);
    if (this.#life.current !== undefined) this.#consumer?.resume();
  }
}
