/**
 * Handles the waiting work that is claimed from the ledger when it is due. Promises: every attempt is counted before it
 * begins, and taken off the count again when it met something that does not answer; work whose handler seems to end the
 * process is suspect, and suspects are tried one at a time.
 */
import type { EventReader } from '@eventstream/event-store';
import { type Alarm, type Logger, messageOf } from '@eventstream/platform';
import { type RetryPolicy, stepAfter } from '../classify.ts';
import { InfrastructureFault } from '../handler.ts';
import { type ClaimedWork, claimedMax, suspectCrashes, type WorkerLedger } from '../ledger.ts';
import { eventOf, notInTheStore } from '../work-item.ts';
import type { WorkerLimits } from '../worker-limits.ts';
import type { Attempts } from './attempts.ts';
import type { InHand } from './in-hand.ts';
import type { Lanes } from './lanes.ts';
import type { Repeater } from './repeater.ts';
import type { SetAside } from './set-aside.ts';

/** What handling claimed work needs. */
export interface ClaimsParts {
  readonly consumer: string;
  readonly store: EventReader;
  readonly ledger: WorkerLedger;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  readonly policy: RetryPolicy;
  readonly alarm: Alarm;
  readonly inHand: InHand;
  readonly lanes: Lanes;
  readonly attempts: Attempts;
  readonly aside: SetAside;
  readonly repeater: Repeater;
}

/** The claimed work of one consumer. */
export class Claims {
  readonly #parts: ClaimsParts;
  #hasSuspect = false;
  /** Work whose attempt has been taken off the count. */
  readonly #uncounted = new WeakSet<ClaimedWork>();

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** Takes work that is due, as much as there is room for. */
  async takeDue(): Promise<void> {
    const { consumer, ledger, limits, inHand } = this.#parts;
    for (;;) {
      const room = Math.min(claimedMax, limits.atOnceMax - (inHand.size - inHand.delivered));
      if (room <= 0) return;
      const wish = { limit: room, leaseMs: limits.ackWaitMs, suspect: !this.#hasSuspect };
      const claimed = await ledger.claim(consumer, wish);
      for (const work of claimed) this.#begin(work);
      if (claimed.length < room) return;
    }
  }

  #begin(work: ClaimedWork): void {
    const { alarm, inHand, lanes, repeater } = this.#parts;
    const held = inHand.get(work.position);
    // A delivery of the same event is still in its lane although its row exists by now: this comes right after it.
    if (held?.delivered === true) return lanes.add(work.stream, async () => this.#begin(work));
    if (held !== undefined) return; // our own lease ran out while we are still at it
    const isSuspect = crashesOf(work) >= suspectCrashes;
    this.#hasSuspect ||= isSuspect;
    inHand.take(work.position, { delivered: false, extend: () => this.#renew(work) });
    lanes.add(work.stream, async () => {
      const settled = await repeater.untilDone(() => this.#handleOrUncount(work));
      if (!settled) await this.#giveBack(work);
      inHand.release(work.position);
      if (isSuspect) this.#hasSuspect = false;
      alarm.ringIn(0); // what waited behind it may be next
    });
  }

  async #handleOrUncount(work: ClaimedWork): Promise<void> {
    try {
      await this.#handle(work);
    } catch (error) {
      await this.#uncount(work, messageOf(error));
      throw error;
    }
  }

  async #handle(work: ClaimedWork): Promise<void> {
    const { consumer, store, ledger, limits, policy, alarm, attempts, aside } = this.#parts;
    const crashes = crashesOf(work);
    if (crashes >= limits.crashesMax) {
      const reason = `begun ${crashes} times and never ended: its handler seems to end the process`;
      return aside.bury(work, work.attempts - 1, { reason, stack: undefined });
    }
    const event = await eventOf(work, store);
    if (event === undefined)
      return aside.bury(work, work.attempts - 1, { reason: notInTheStore(work), stack: undefined });
    const attempted = await attempts.run(event, work.attempts, work.traceparent);
    const { traceparent } = attempted;
    // Attempts that ended with their process say nothing about the handler's answer, so they do not count towards its limit.
    const step = stepAfter(attempted.verdict, work.failures + 1, policy);
    switch (step.kind) {
      case 'finish':
        return ledger.finish(consumer, work.eventId);
      case 'wait':
        aside.reportFailure(work, { attempts: work.attempts, reason: step.reason }, attempted);
        await ledger.postpone(consumer, work.eventId, { ...step, counts: true, traceparent });
        return alarm.ringIn(step.afterMs);
      case 'bury':
        return aside.bury(work, work.attempts, { ...step, traceparent });
      case 'pause':
        throw new InfrastructureFault(step.reason, step.cause);
    }
  }

  /** Missing one renewal is harmless: the work is claimed again, and repeated. */
  #renew(work: ClaimedWork): void {
    const { consumer, ledger, limits, logger } = this.#parts;
    ledger.renew(consumer, work.eventId, limits.ackWaitMs).catch((error: unknown) => {
      logger.debug({ consumer, err: error }, 'a claim could not be renewed');
    });
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
}

/** Attempts before this one that neither succeeded nor said that they failed. */
function crashesOf({ attempts, failures }: ClaimedWork): number {
  return attempts - 1 - failures;
}
