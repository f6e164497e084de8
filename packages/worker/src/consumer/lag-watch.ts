/**
 * What the broker says about one consumer, asked now and then: how much waits there, since when, and whether the broker
 * answers at all. A broker that does not answer pauses nothing: what it has delivered can still be handled.
 */
import type { Consumer } from '@eventstream/messaging';
import { messageOf, type Ready } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import * as metrics from './worker-metrics.ts';

const everyMs = 5_000;

/** Watches one consumer's lag at the broker. */
export class LagWatch {
  readonly #consumer: string;
  readonly #scheduler: Scheduler;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #ready: Ready;
  #pending = 0;
  /** Since when every look at the broker has found events that wait. */
  #pendingSinceMs: number | undefined;

  /** @param consumer the durable name. */
  constructor(consumer: string, scheduler: Scheduler) {
    this.#consumer = consumer;
    this.#scheduler = scheduler;
    // A broker that was not asked has done nothing wrong: nobody should look after it.
    this.#ready = { ok: false, reason: `${consumer} is starting` };
  }

  /** Whether the broker serves the consumer, as far as is known. */
  get ready(): Ready {
    return this.#ready;
  }

  /** Events that wait at the broker, and for how long there have been any. */
  get backlog(): { readonly events: number; readonly forMs: number } {
    const sinceMs = this.#pendingSinceMs;
    return { events: this.#pending, forMs: sinceMs === undefined ? 0 : this.#scheduler.nowMs() - sinceMs };
  }

  /** Asks the broker, unless it was asked just now. Never rejects. */
  async askIfDue(nowMs: number, consumer: Consumer | undefined): Promise<void> {
    if (nowMs - this.#askedAtMs < everyMs) return;
    this.#askedAtMs = nowMs;
    try {
      const lag = await consumer?.lag();
      if (lag === undefined) return;
      this.#ready = { ok: true };
      this.#pending = lag.pending;
      this.#pendingSinceMs = lag.pending === 0 ? undefined : (this.#pendingSinceMs ?? this.#scheduler.nowMs());
      metrics.consumerLag.set({ consumer: this.#consumer }, lag.pending);
    } catch (error) {
      this.#ready = {
        ok: false,
        reason: `${this.#consumer} is not served by the broker: ${messageOf(error)}`,
        nextStep: 'start nats-server or see why it refuses; meanwhile work is found in the store, slowly',
      };
    }
  }
}
