/**
 * A broker in memory that keeps the promises of the port, and breaks down on demand. All time and all asynchrony come
 * from the scheduler, so a simulator that owns it can replay a run.
 */
import type { LogName, RecordedEvent } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { BrokerLag, ConsumerSource, CopyScan, Hearsay, LogCopyAdmin } from '../port.ts';
import { BrokerState } from './broker-state.ts';
import type { Faults } from './faults.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryLogCopy } from './memory-log-copy.ts';
import type { StreamLimits } from './memory-stream.ts';

/** What a broker is made of. */
export interface MemoryBrokerOptions extends Partial<StreamLimits> {
  readonly scheduler: Scheduler;
}

/** The broker: its two sides, and the switches that make it fail. */
export class MemoryBroker {
  readonly #state: BrokerState;

  constructor({ scheduler, bytesMax = Number.POSITIVE_INFINITY, messageBytesMax = 512 * 1024 }: MemoryBrokerOptions) {
    this.#state = new BrokerState(scheduler, { bytesMax, messageBytesMax });
  }

  /** The copy of a log, as the relay sees it. */
  copyOf(log: LogName): LogCopyAdmin & CopyScan {
    return new MemoryLogCopy(this.#state, log);
  }

  /** Consumers of every log. */
  source(): ConsumerSource {
    return {
      consume: async (spec, startAfter, onDelivery, onLeft = () => {}) =>
        new MemoryConsumer(this.#state, { spec, startAfter, onDelivery, onLeft }),
    };
  }

  /** Events as they are published. */
  hearsay(): Hearsay {
    const { listeners } = this.#state;
    return {
      listen(type, onEvent) {
        const listener = (event: RecordedEvent): void => {
          if (event.type === type) onEvent(event);
        };
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  /** How far a log's copy and its consumers are. */
  lagOf(log: LogName): BrokerLag {
    const stream = () => {
      if (!this.#state.up) throw new CodedError('broker_unavailable', 'the broker does not answer');
      return this.#state.streams.get(log);
    };
    return {
      copyLast: async () => stream()?.last,
      consumerLag: async (name) => stream()?.durables.get(name)?.lag(),
    };
  }

  /** Faults of single messages. */
  get faults(): Faults {
    return this.#state.faults;
  }

  /** Fault: it stops answering. What it has, it keeps. */
  stop(): void {
    this.#state.up = false;
    this.#state.changed();
  }

  /** It answers again. */
  start(): void {
    this.#state.up = true;
    this.#state.changed();
  }

  /** Fault: the last `count` events of a log are gone, although they were acknowledged. */
  loseTail(log: LogName, count: number): void {
    this.#state.streams.get(log)?.loseTail(count);
  }

  /** Fault: a log's copy is gone, with its consumers. */
  loseStream(log: LogName): void {
    this.#state.remove(log);
  }

  /** Fault: one durable consumer is gone. */
  loseConsumer(log: LogName, name: string): void {
    this.#state.streams.get(log)?.removeDurable(name);
    this.#state.changed();
  }

  /** Fault: it forgets what a durable consumer has settled, as a server does that ends before it has written that down. */
  rewindConsumer(log: LogName, name: string): void {
    this.#state.streams.get(log)?.durables.get(name)?.rewind();
  }

  /** Somebody else takes the place of a log. */
  occupy(log: LogName, found: string): void {
    this.#state.remove(log);
    this.#state.strangers.set(log, found);
  }

  /** The stranger leaves a log's place. */
  vacate(log: LogName): void {
    this.#state.strangers.delete(log);
    this.#state.changed();
  }
}
