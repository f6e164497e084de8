/** A durable consumer as the broker in memory keeps it: what it handed over, what is unsettled, what comes next. */
import { type Position, position, type RecordedEvent } from '@eventstream/contracts';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { ConsumerLag, ConsumerSpec, Delivery, Envelope, LeftInHand } from '../port.ts';
import type { Faults } from './faults.ts';

/** What a durable consumer reads from: the retained events. */
export interface Retained {
  /** The first retained event at or after a position that the consumer wants. */
  find(from: number, wants: (event: RecordedEvent) => boolean): Envelope | undefined;
  count(from: number, wants: (event: RecordedEvent) => boolean): number;
}

/** Where deliveries go. */
export type Receiver = (delivery: Delivery) => void;

interface Unsettled {
  readonly stored: Envelope;
  deliveryCount: number;
  /** When it is due to be delivered again: after the ack wait, or a retry's delay. */
  dueAtMs: number;
  /** Calls off the timer that says so. */
  cancel: () => void;
  /** Due to be delivered again. */
  due: boolean;
}

/**
 * Delivery state. Handing over happens in turns of the scheduler, never within a call. Timers run only while somebody
 * receives: what is left in hand is no reason for a process to live on.
 */
export class Durable {
  readonly #spec: ConsumerSpec;
  readonly #retained: Retained;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #receivers: Receiver[] = [];
  readonly #unsettled = new Map<Position, Unsettled>();
  #next: number;
  #deliveredTo: Position;
  #pumping = false;
  #gone = false;

  constructor(
    spec: ConsumerSpec,
    o: { startAfter: Position; retained: Retained; scheduler: Scheduler; faults: Faults },
  ) {
    this.#spec = spec;
    this.#retained = o.retained;
    this.#scheduler = o.scheduler;
    this.#faults = o.faults;
    this.#next = o.startAfter + 1;
    this.#deliveredTo = o.startAfter;
  }

  /** Whether it is the same kind of consumer as another spec asks for. */
  serves(spec: ConsumerSpec): boolean {
    return this.#spec.type === spec.type && (this.#spec.ackCovers ?? 'one') === (spec.ackCovers ?? 'one');
  }

  /** Deliveries go to one receiver each, in turn. Returns how to end that. */
  attach(receiver: Receiver): () => void {
    this.#receivers.push(receiver);
    if (this.#receivers.length === 1) for (const entry of this.#unsettled.values()) this.#awaitDue(entry);
    this.pump();
    return () => {
      const at = this.#receivers.indexOf(receiver);
      if (at >= 0) this.#receivers.splice(at, 1);
      if (this.#receivers.length === 0) for (const { cancel } of this.#unsettled.values()) cancel();
    };
  }

  lag(): ConsumerLag {
    const unsettled = [...this.#unsettled.values()];
    return {
      pending: this.#retained.count(this.#next, this.#wants),
      unsettled: unsettled.length,
      redelivered: unsettled.filter(({ deliveryCount }) => deliveryCount > 1).length,
      deliveredTo: this.#deliveredTo,
    };
  }

  /** What was handed over and is not settled, if anything. */
  left(): LeftInHand | undefined {
    const [first] = [...this.#unsettled.keys()].toSorted((one, other) => one - other);
    return first === undefined ? undefined : { settledTo: position(first - 1), deliveredTo: this.#deliveredTo };
  }

  /** The consumer is deleted: nothing more is handed over, late settlements change nothing. */
  remove(): void {
    this.#gone = true;
    this.#receivers.length = 0;
    for (const { cancel } of this.#unsettled.values()) cancel();
    this.#unsettled.clear();
  }

  /** Forgets what was handed over and settled: all of it comes again, as if for the first time. */
  rewind(): void {
    for (const { cancel } of this.#unsettled.values()) cancel();
    this.#unsettled.clear();
    this.#next = 1;
    this.pump();
  }

  /** Hands over what may be handed over, soon. */
  pump(): void {
    if (this.#pumping || this.#gone) return;
    this.#pumping = true;
    this.#scheduler.after(0, () => {
      this.#pumping = false;
      while (this.#handOverOne());
    });
  }

  readonly #wants = (event: RecordedEvent): boolean => this.#spec.type === 'all' || event.type === this.#spec.type;

  #handOverOne(): boolean {
    const receiver = this.#receivers.shift();
    if (receiver === undefined) return false;
    this.#receivers.push(receiver);
    const entry = this.#nextDue() ?? this.#nextNew();
    if (entry === undefined) return false;
    entry.due = false;
    entry.deliveryCount += 1;
    this.#redeliverAfter(entry, this.#spec.ackWaitMs);
    receiver(this.#delivery(entry));
    if (this.#faults.take('deliverTwice')) receiver(this.#delivery(entry));
    return true;
  }

  #nextDue(): Unsettled | undefined {
    for (const entry of this.#unsettled.values()) if (entry.due) return entry;
    return undefined;
  }

  #nextNew(): Unsettled | undefined {
    if (this.#unsettled.size >= this.#spec.unsettledMax) return undefined;
    const stored = this.#retained.find(this.#next, this.#wants);
    if (stored === undefined) return undefined;
    const at = stored.event.position;
    this.#next = at + 1;
    this.#deliveredTo = at;
    const entry: Unsettled = { stored, deliveryCount: 0, dueAtMs: 0, cancel: () => {}, due: false };
    this.#unsettled.set(at, entry);
    return entry;
  }

  #delivery(entry: Unsettled): Delivery {
    const { stored, deliveryCount } = entry;
    const settle = (effect: () => void) => () => {
      // Settling twice, or after the consumer was lost, changes nothing; a lost settlement neither.
      if (this.#unsettled.get(stored.event.position) !== entry || this.#faults.take('loseSettlement')) return;
      effect();
      this.pump();
    };
    return {
      ...stored,
      deliveryCount,
      ack: settle(() => this.#ack(stored.event.position)),
      retry: (afterMs) => settle(() => this.#redeliverAfter(entry, afterMs))(),
      extend: settle(() => this.#redeliverAfter(entry, this.#spec.ackWaitMs)),
    };
  }

  #ack(at: Position): void {
    const covered =
      this.#spec.ackCovers === 'allBefore' ? [...this.#unsettled.keys()].filter((one) => one <= at) : [at];
    for (const one of covered) {
      this.#unsettled.get(one)?.cancel();
      this.#unsettled.delete(one);
    }
  }

  #redeliverAfter(entry: Unsettled, ms: number): void {
    entry.dueAtMs = this.#scheduler.nowMs() + ms;
    this.#awaitDue(entry);
  }

  #awaitDue(entry: Unsettled): void {
    entry.cancel();
    if (this.#receivers.length === 0 || entry.due) return;
    entry.cancel = this.#scheduler.after(entry.dueAtMs - this.#scheduler.nowMs(), () => {
      entry.due = true;
      this.pump();
    });
  }
}
