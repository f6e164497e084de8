/**
 * Handles one consumer's events: a first delivery goes straight to the handler, everything else by way of the ledger.
 * Promises: events of one stream one after another, what waits is never overtaken by a later event of its stream, an
 * effect is acked only after it is recorded, and an infrastructure fault costs time but no attempt.
 */
import type { EventReader } from '@eventstream/event-store';
import type { Delivery } from '@eventstream/messaging';
import { type Alarm, failpoint, type Logger } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import { type RetryPolicy, stepAfter } from '../classify.ts';
import { type Handler, InfrastructureFault } from '../handler.ts';
import type { WorkerLedger } from '../ledger.ts';
import { eventOf, notInTheStore, workOf } from '../work-item.ts';
import type { WorkerLimits } from '../worker-limits.ts';
import { Attempts } from './attempts.ts';
import { Claims } from './claims.ts';
import { InHand } from './in-hand.ts';
import { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import type { Repeater } from './repeater.ts';
import type { SetAside } from './set-aside.ts';

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
  readonly alarm: Alarm;
  readonly aside: SetAside;
  readonly repeater: Repeater;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
}

/** The work of one consumer. */
export class Handling {
  readonly #parts: HandlingParts;
  readonly #lanes: Lanes;
  readonly #attempts: Attempts;
  readonly inHand = new InHand();
  /** What comes by way of the ledger. */
  readonly claims: Claims;

  constructor(parts: HandlingParts) {
    this.#parts = parts;
    const { consumer, handler, logger, scheduler: clock, limits, stopping } = parts;
    this.#lanes = new Lanes(limits.atOnceMax);
    this.#attempts = new Attempts({ consumer, handler, logger, clock, attemptMs: limits.attemptMs, stopping });
    this.claims = new Claims({ ...parts, inHand: this.inHand, lanes: this.#lanes, attempts: this.#attempts });
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
      const settled = await this.#parts.repeater.untilDone(() => this.#handle(delivery));
      failpoint('worker.beforeAck');
      this.inHand.release(event.position);
      if (settled) delivery.ack();
      else delivery.retry(0);
    });
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
  async #handle(delivery: Delivery): Promise<void> {
    const { store, policy, progress, aside } = this.#parts;
    const item = workOf(delivery.event);
    const reason = aside.stuck.why(item.stream);
    if (reason !== undefined) return aside.wait(item, { attempts: 0, failures: 0, afterMs: 0, reason });
    // The attempt before may have ended its process: from now on attempts are counted before they begin.
    if (delivery.deliveryCount > 1)
      return aside.wait(item, { attempts: 1, failures: 0, afterMs: 0, reason: 'delivered again' });
    const event = delivery.stub ? await eventOf(item, store) : delivery.event;
    if (event === undefined) {
      await aside.bury(item, 0, { reason: notInTheStore(item), stack: undefined });
      return progress.settle(item.position);
    }
    const attempted = await this.#attempts.run(event, 1);
    const { traceparent } = attempted;
    const step = stepAfter(attempted.verdict, 1, policy);
    switch (step.kind) {
      case 'finish':
        return progress.settle(item.position);
      case 'wait':
        aside.reportFailure(item, { attempts: 1, reason: step.reason }, attempted);
        return aside.wait(item, { ...step, attempts: 1, failures: 1, traceparent });
      case 'bury':
        await aside.bury(item, 1, { ...step, traceparent });
        return progress.settle(item.position);
      case 'pause':
        throw new InfrastructureFault(step.reason, step.cause);
    }
  }
}
