/**
 * Acks that set out together. Nobody waits for one: the effect is recorded already, and a delivery that comes again finds
 * that. Sent one by one they cost a write here and a wake-up of the server each, which at a few hundred orders a second
 * was a twentieth of an order. Promises: an ack leaves within `gatherMs`, at once when many are gathered or after `close`.
 */
import type { Scheduler } from '@eventstream/platform/scheduler';
import { ClosedConnectionError, DrainingConnectionError } from '@nats-io/transport-node';

interface Ack {
  /** The delivery's sequence in the stream. */
  readonly sequence: number;
  readonly send: () => void;
}

/** Far below any ack wait, and long enough for several orders. */
export const gatherMs = 25;

/** What is gathered for one consumer. */
export interface GatheredAcksOptions {
  /** How many of its deliveries may be unsettled: a consumer with little room must not wait for its own acks. */
  readonly unsettledMax: number;
  /** Whether an ack covers all deliveries before its own, so that the furthest alone is sent. */
  readonly coversAllBefore: boolean;
  readonly scheduler: Scheduler;
}

/** The acks of one consumer. */
export class GatheredAcks {
  readonly #options: GatheredAcksOptions;
  #waiting: Ack[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: GatheredAcksOptions) {
    this.#options = options;
  }

  /** Sends this soon, or now where waiting would hold up the consumer. */
  add(ack: Ack): void {
    this.#waiting.push(ack);
    if (this.#closed || this.#waiting.length * 4 >= this.#options.unsettledMax) return this.#send();
    this.#cancel ??= this.#options.scheduler.after(gatherMs, () => this.#send());
  }

  /** Sends what is gathered; what comes later leaves at once. */
  close(): void {
    this.#closed = true;
    this.#send();
  }

  #send(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const gathered = this.#waiting;
    this.#waiting = [];
    const acks = this.#options.coversAllBefore ? furthest(gathered) : gathered;
    for (const { send } of acks) bestEffort(send);
  }
}

/** Not simply the last: what is delivered again lies before what was acked meanwhile. */
function furthest(acks: readonly Ack[]): readonly Ack[] {
  return acks.toSorted((a, b) => b.sequence - a.sequence).slice(0, 1);
}

/** Settling on a closed connection throws; the broker then delivers again after the ack wait, which is all that is promised. */
export function bestEffort(settle: () => void): void {
  try {
    settle();
  } catch (error) {
    if (!(error instanceof ClosedConnectionError || error instanceof DrainingConnectionError)) throw error;
  }
}
