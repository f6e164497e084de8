/** A consumer of the broker in memory: finds its durable consumer, or makes it, whenever something has changed. */
import type { Position } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import { Handover } from '../handover.ts';
import type { Consumer, ConsumerLag, ConsumerSpec, Delivery, LeftInHand } from '../port.ts';
import type { BrokerState } from './broker-state.ts';
import { Durable } from './durable.ts';

/** What was asked for. */
export interface MemoryConsumerParts {
  readonly spec: ConsumerSpec;
  readonly startAfter: () => Promise<Position>;
  readonly onDelivery: (delivery: Delivery) => void;
  readonly onLeft: (left: LeftInHand) => void;
}

/** How soon a failed look is repeated, when nothing changes meanwhile. */
const lookAgainMs = 50;

/** One running consumer. */
export class MemoryConsumer implements Consumer {
  readonly #broker: BrokerState;
  readonly #parts: MemoryConsumerParts;
  readonly #handover: Handover;
  readonly #unwatch: () => void;
  #attachedTo: Durable | undefined;
  #hasBegun = false;
  #detach: () => void = () => {};
  #looking: Promise<void> | undefined;
  /** Something changed while a look was under way. */
  #lookAgain = false;
  #cancelLook: () => void = () => {};

  constructor(broker: BrokerState, parts: MemoryConsumerParts) {
    this.#broker = broker;
    this.#parts = parts;
    const { onDelivery, spec } = parts;
    this.#handover = new Handover({ onDelivery, ackWaitMs: spec.ackWaitMs, scheduler: broker.scheduler });
    this.#unwatch = broker.watch(() => this.#lookAfter(0));
    this.#lookAfter(0);
  }

  async lag(): Promise<ConsumerLag> {
    const durable = this.#broker.up ? this.#durable() : undefined;
    if (durable === undefined) throw new CodedError('broker_unavailable', 'the broker cannot say how far it is');
    return durable.lag();
  }

  pause(): void {
    this.#handover.pause();
  }

  resume(): void {
    this.#handover.resume();
  }

  async stop(): Promise<void> {
    this.#handover.stop();
    this.#unwatch();
    this.#cancelLook();
    this.#detach();
    await this.#looking;
  }

  #lookAfter(ms: number): void {
    if (this.#handover.stopped) return;
    this.#cancelLook();
    this.#cancelLook = this.#broker.scheduler.after(ms, () => {
      if (this.#looking !== undefined) this.#lookAgain = true;
      else this.#looking = this.#look().finally(() => this.#looked());
    });
  }

  #looked(): void {
    this.#looking = undefined;
    if (!this.#lookAgain) return;
    this.#lookAgain = false;
    this.#lookAfter(0);
  }

  /** Attaches to what is there now; leaves what is not. */
  async #look(): Promise<void> {
    const durable = this.#broker.up ? (this.#durable() ?? (await this.#make())) : undefined;
    if (durable === this.#attachedTo) {
      if (durable === undefined && this.#broker.up) this.#lookAfter(lookAgainMs);
      return;
    }
    this.#detach();
    this.#attachedTo = durable;
    this.#detach = () => {};
    if (durable === undefined || this.#handover.stopped) return;
    const left = this.#hasBegun ? undefined : durable.left();
    this.#hasBegun = true;
    if (left !== undefined) this.#parts.onLeft(left);
    this.#detach = durable.attach((delivery) => this.#handover.receive(delivery));
  }

  #durable(): Durable | undefined {
    const { spec } = this.#parts;
    const durable = this.#broker.streams.get(spec.log)?.durables.get(spec.name);
    return durable?.serves(spec) ? durable : undefined;
  }

  /** Makes it, if the copy has got to where it begins. */
  async #make(): Promise<Durable | undefined> {
    const { spec, startAfter } = this.#parts;
    if (this.#broker.streams.get(spec.log) === undefined) return undefined;
    const after = await startAfter().catch(() => undefined);
    const stream = this.#broker.streams.get(spec.log); // asking took time
    if (after === undefined || stream === undefined || stream.last < after) return undefined;
    stream.removeDurable(spec.name);
    const { scheduler, faults } = this.#broker;
    const durable = new Durable(spec, { startAfter: after, retained: stream, scheduler, faults });
    stream.durables.set(spec.name, durable);
    return durable;
  }
}
