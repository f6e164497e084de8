/**
 * Handles one consumer's events: a first delivery goes straight to the handler, everything else by way of the ledger.
 * Promises: events of one stream one after another, what waits is never overtaken by a later event of its stream, an
 * effect is acked only after it is recorded, and an infrastructure fault costs time but no attempt.
 */
import { position, type RecordedEvent } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { Delivery } from '@eventstream/messaging';
import { failpoint, type Logger, messageOf, withParent } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import { nextStep, type RetryPolicy, verdictOfError } from '../classify.ts';
import { type Handler, InfrastructureFault } from '../handler.ts';
import { type ClaimedWork, claimedMax, suspectCrashes, type Waiting, type WorkerLedger } from '../ledger.ts';
import type { Alarm } from '../reader/alarm.ts';
import type { Pause, PausedWork } from '../reader/pause.ts';
import { type WorkItem, workItemIn, workOf } from '../work-item.ts';
import type { WorkerLimits } from '../worker-limits.ts';
import { type Attempted, Attempts } from './attempts.ts';
import { InHand } from './in-hand.ts';
import { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import { StuckStreams } from './stuck-streams.ts';

/** What handling needs. */
export interface HandlingParts {
  readonly consumer: string;
  readonly handler: Handler;
  readonly store: EventReader;
  readonly ledger: WorkerLedger;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  readonly policy: RetryPolicy;
  readonly progress: Progress;
  readonly pause: Pause;
  readonly alarm: Alarm;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
  /** False while nothing may be handled: the log is in another life. */
  readonly mayWork: () => boolean;
}

/** The work of one consumer. */
export class Handling {
  readonly #parts: HandlingParts;
  readonly #lanes: Lanes;
  readonly #attempts: Attempts;
  readonly inHand = new InHand();
  readonly stuck: StuckStreams;
  #hasSuspect = false;
  /** Claimed work whose attempt has been taken off the count: it met something that does not answer. */
  readonly #uncounted = new WeakSet<ClaimedWork>();

  constructor(parts: HandlingParts) {
    this.#parts = parts;
    const { consumer, ledger, handler, logger, limits, stopping } = parts;
    this.stuck = new StuckStreams(consumer, ledger);
    this.#lanes = new Lanes(limits.atOnceMax);
    this.#attempts = new Attempts({
      consumer,
      handler,
      logger,
      clock: parts.scheduler,
      attemptMs: limits.attemptMs,
      stopping,
    });
  }

  /** Takes a delivery that belongs to the current life of the log. */
  deliver(delivery: Delivery): void {
    const { event } = delivery;
    failpoint('worker.afterReceive');
    if (this.#parts.progress.isSettled(event.position)) return delivery.ack();
    // Delivered again while it is being handled: by the time it comes back it is settled.
    if (this.inHand.has(event.position)) return delivery.retry(this.#parts.limits.ackWaitMs);
    this.inHand.take(event.position, { delivered: true, extend: () => delivery.extend() });
    this.#lanes.add(event.stream, async () => {
      const settled = await this.#persist(() => this.#handleDelivery(delivery));
      failpoint('worker.beforeAck');
      this.inHand.release(event.position);
      if (settled) delivery.ack();
      else delivery.retry(0);
    });
  }

  /** Takes work that is due from the ledger, as much as there is room for. */
  async claimDue(): Promise<void> {
    const { consumer, ledger, limits } = this.#parts;
    for (;;) {
      const room = Math.min(claimedMax, limits.atOnceMax - (this.inHand.size - this.inHand.delivered));
      if (room <= 0) return;
      const wish = { limit: room, leaseMs: limits.ackWaitMs, suspect: !this.#hasSuspect };
      const claimed = await ledger.claim(consumer, wish);
      for (const work of claimed) this.#begin(work);
      if (claimed.length < room) return;
    }
  }

  /** Records work that is to be done by way of the ledger; from then on it is settled. */
  async putAside(item: WorkItem, waiting: Waiting): Promise<void> {
    const { consumer, ledger, progress, alarm } = this.#parts;
    await this.stuck.holdUp(item.stream, () => ledger.wait(consumer, item, waiting));
    progress.settle(item.position);
    alarm.ringIn(waiting.afterMs);
  }

  /** Says for everything in hand that it is still worked on. */
  keepAlive(): void {
    this.inHand.extendAll();
  }

  /** Ends attempts that have taken too long. */
  expireAttempts(): void {
    this.#attempts.expire();
  }

  /** Resolves when nothing is in hand. */
  whenIdle(): Promise<void> {
    return this.#lanes.whenIdle();
  }

  /** Only a first delivery with nothing of its stream before it goes straight to the handler, without any row. */
  async #handleDelivery(delivery: Delivery): Promise<void> {
    const item = workOf(delivery.event);
    const reason = this.stuck.why(item.stream);
    if (reason !== undefined) return this.putAside(item, { attempts: 0, failures: 0, afterMs: 0, reason });
    // The attempt before may have ended its process: from now on attempts are counted before they begin.
    if (delivery.deliveryCount > 1)
      return this.putAside(item, { attempts: 1, failures: 0, afterMs: 0, reason: 'delivered again' });
    const event = delivery.stub ? await this.read(item) : delivery.event;
    if (event === undefined) {
      await this.#bury(item, 0, notInTheStore(item));
      return this.#parts.progress.settle(item.position);
    }
    const attempted = await this.#attempts.run(event, 1);
    const step = nextStep(attempted.verdict, 1, this.#parts.policy);
    switch (step.kind) {
      case 'finish':
        return this.#parts.progress.settle(item.position);
      case 'wait':
        this.#report(item, { attempts: 1, reason: step.reason }, attempted);
        return this.putAside(item, { ...step, attempts: 1, failures: 1, traceparent: attempted.traceparent });
      case 'bury':
        await this.#bury(item, 1, { ...step, traceparent: attempted.traceparent });
        return this.#parts.progress.settle(item.position);
      case 'pause':
        throw new InfrastructureFault(step.reason);
    }
  }

  #begin(work: ClaimedWork): void {
    const held = this.inHand.get(work.position);
    // A delivery of the same event is still in its lane although its row exists by now: this comes right after it.
    if (held?.delivered === true) return this.#lanes.add(work.stream, async () => this.#begin(work));
    if (held !== undefined) return; // our own lease ran out while we are still at it
    const { consumer, ledger, limits, alarm, logger } = this.#parts;
    const extend = (): void => {
      // Missing one renewal is harmless: the work is claimed again, and repeated.
      ledger.renew(consumer, work.eventId, limits.ackWaitMs).catch((error: unknown) => {
        logger.debug({ consumer, err: error }, 'a claim could not be renewed');
      });
    };
    const isSuspect = crashesOf(work) >= suspectCrashes;
    this.#hasSuspect ||= isSuspect;
    this.inHand.take(work.position, { delivered: false, extend });
    this.#lanes.add(work.stream, async () => {
      const settled = await this.#persist(async () => {
        try {
          await this.#handleClaimed(work);
        } catch (error) {
          await this.#uncount(work, messageOf(error));
          throw error;
        }
      });
      if (!settled) await this.#giveBack(work);
      this.inHand.release(work.position);
      if (isSuspect) this.#hasSuspect = false;
      alarm.ringIn(0); // what waited behind it may be next
    });
  }

  async #handleClaimed(work: ClaimedWork): Promise<void> {
    const { consumer, ledger, limits, policy } = this.#parts;
    const crashes = crashesOf(work);
    if (crashes >= limits.crashesMax) {
      const reason = `begun ${crashes} times and never ended: its handler seems to end the process`;
      return this.#bury(work, work.attempts - 1, { reason, stack: undefined });
    }
    const event = await this.read(work);
    if (event === undefined) return this.#bury(work, work.attempts - 1, notInTheStore(work));
    const attempted = await this.#attempts.run(event, work.attempts, work.traceparent);
    // Attempts that ended with their process say nothing about the handler's answer, so they do not count towards its limit.
    const step = nextStep(attempted.verdict, work.failures + 1, policy);
    switch (step.kind) {
      case 'finish':
        return ledger.finish(consumer, work.eventId);
      case 'wait':
        return this.#postpone(work, attempted, step);
      case 'bury':
        return this.#bury(work, work.attempts, { ...step, traceparent: attempted.traceparent });
      case 'pause':
        throw new InfrastructureFault(step.reason);
    }
  }

  async #postpone(
    work: ClaimedWork,
    attempted: Attempted,
    step: { readonly afterMs: number; readonly reason: string },
  ): Promise<void> {
    const { consumer, ledger, alarm } = this.#parts;
    this.#report(work, { attempts: work.attempts, reason: step.reason }, attempted);
    const { traceparent } = attempted;
    await ledger.postpone(consumer, work.eventId, { ...step, counts: true, traceparent });
    alarm.ringIn(step.afterMs);
  }

  async #bury(
    work: WorkItem,
    attempts: number,
    why: { readonly reason: string; readonly stack: string | undefined; readonly traceparent?: string | undefined },
  ): Promise<void> {
    const { consumer, ledger, logger } = this.#parts;
    const { reason, stack } = why;
    const { eventId, type, position: at, stream } = work;
    await this.stuck.holdUp(stream, () => ledger.bury({ ...workItemIn(work), consumer, reason, stack, attempts }));
    const line = { consumer, eventId, type, position: at, stream, attempts, reason };
    withParent(why.traceparent, () =>
      logger.error(
        { ...line, nextStep: 'npx eventstream dead-letters list' },
        'an event became a dead letter; later events of its stream wait behind it',
      ),
    );
  }

  /**
   * Repeats the work until it succeeds, waiting in between for whatever does not answer. False: the worker was stopped
   * first, or may not work any more.
   */
  async #persist(work: () => Promise<void>): Promise<boolean> {
    const { pause, stopping, mayWork } = this.#parts;
    for (;;) {
      await pause.passed();
      if (stopping.aborted || !mayWork()) return false;
      try {
        await work();
        pause.success('events');
        return true;
      } catch (error) {
        this.fault(error, 'events');
      }
    }
  }

  /**
   * Pauses the consumer for a fault that is not an event's. If it is not the infrastructure's either, it is a bug of
   * ours.
   */
  fault(error: unknown, work: PausedWork): void {
    const { consumer, logger, pause } = this.#parts;
    if (verdictOfError(error).kind !== 'infrastructure')
      logger.error({ consumer, err: error }, 'the worker itself failed');
    pause.fault(error, work);
  }

  /**
   * Takes the attempt off the count while the work waits for something that does not answer: should the process end
   * meanwhile, it was not this event's doing.
   */
  async #uncount(work: ClaimedWork, reason: string): Promise<void> {
    if (this.#uncounted.has(work)) return;
    const { consumer, ledger, limits, logger } = this.#parts;
    try {
      await ledger.postpone(consumer, work.eventId, { afterMs: limits.ackWaitMs, reason, counts: false });
      this.#uncounted.add(work);
    } catch (error) {
      logger.debug({ consumer, err: error }, 'an attempt that met a fault stays counted');
    }
  }

  async #giveBack(work: ClaimedWork): Promise<void> {
    const { consumer, ledger, logger } = this.#parts;
    try {
      if (this.#uncounted.has(work)) return await ledger.renew(consumer, work.eventId, 0);
      await ledger.postpone(consumer, work.eventId, { afterMs: 0, reason: 'given back at a stop', counts: false });
    } catch (error) {
      logger.debug({ consumer, err: error }, 'work could not be given back; it is due when its lease ends');
    }
  }

  /** The event itself, from the store; undefined when another one or none is there. */
  async read({ log, position: at, eventId }: WorkItem): Promise<RecordedEvent | undefined> {
    const page = await this.#parts.store.readLog(log, position(at - 1), { limit: 1 });
    return page.events.find((event) => event.position === at && event.id === eventId);
  }

  /** The line carries the attempt's trace, so that one leads to the other. */
  #report(item: WorkItem, failed: { readonly attempts: number; readonly reason: string }, attempt: Attempted): void {
    const { consumer, logger } = this.#parts;
    const { eventId, position: at, stream } = item;
    withParent(attempt.traceparent, () =>
      logger.warn({ consumer, eventId, position: at, stream, ...failed }, 'an attempt failed; it is tried again'),
    );
  }
}

/** Work that a log in another life has left behind; somebody has to look at it, and nothing else needs to wait for that. */
function notInTheStore({ log, position: at, eventId }: WorkItem) {
  const reason = `log ${log} has no event ${eventId} at position ${at}: the store was restored or reset`;
  return { reason, stack: undefined };
}

/** Attempts before this one that neither succeeded nor said that they failed. */
function crashesOf({ attempts, failures }: ClaimedWork): number {
  return attempts - 1 - failures;
}
