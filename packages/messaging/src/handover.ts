/**
 * Hands deliveries to their handler, or holds them back while paused. Promises: nothing is lost by pausing, order is
 * kept, what is held does not run into the broker's ack wait, and nothing is handed over after `stop`.
 * The held ones need no bound of their own: the broker never has more than `unsettledMax` of a consumer unsettled.
 */

import type { Scheduler } from '@eventstream/platform/scheduler';
import type { Delivery } from './port.ts';

/** What a handover needs. */
export interface HandoverOptions {
  readonly onDelivery: (delivery: Delivery) => void;
  /** How long the broker waits for an ack; held deliveries are extended three times as often. */
  readonly ackWaitMs: number;
  readonly scheduler: Scheduler;
}

/** The last step between a broker and a handler. */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #held: Delivery[] = [];
  #state: 'open' | 'paused' | 'stopped' = 'open';
  #cancelExtending: (() => void) | undefined;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Whether `stop` has been called. */
  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Hands one over, keeps it while paused, or gives it back to the broker after `stop`. */
  receive(delivery: Delivery): void {
    if (this.#state === 'open') return this.#options.onDelivery(delivery);
    if (this.#state === 'paused') this.#held.push(delivery);
    else delivery.retry(0);
  }

  /** Holds back what arrives from now on. */
  pause(): void {
    if (this.#state !== 'open') return;
    this.#state = 'paused';
    this.#extendLater();
  }

  /** Hands over what was held, in order, and what arrives from now on. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'open';
    this.#cancelExtending?.();
    const held = this.#held.splice(0);
    // A handler may pause again in the middle; `receive` then holds the rest, in the same order.
    for (const delivery of held) this.receive(delivery);
  }

  /** Gives back what is held. Nothing is handed over afterwards. */
  stop(): void {
    this.#state = 'stopped';
    this.#cancelExtending?.();
    for (const delivery of this.#held.splice(0)) delivery.retry(0);
  }

  #extendLater(): void {
    this.#cancelExtending = this.#options.scheduler.after(this.#options.ackWaitMs / 3, () => {
      for (const delivery of this.#held) delivery.extend();
      this.#extendLater();
    });
  }
}
