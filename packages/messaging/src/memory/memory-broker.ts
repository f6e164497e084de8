/**
 * A broker in memory that keeps the promises of the port, and breaks down on demand. All time and all asynchrony come
 * from the scheduler, so a simulator that owns it can replay a run.
 */
import type { LogName } from '@eventstream/contracts';
import type { ConsumerSource, LogCopyAdmin } from '../port.ts';
import type { Scheduler } from '../scheduler.ts';
import { Faults } from './faults.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryLogCopy } from './memory-log-copy.ts';
import { MemoryStream, type StreamLimits } from './memory-stream.ts';

/** What a broker is made of. */
export interface MemoryBrokerOptions extends Partial<StreamLimits> {
  readonly scheduler: Scheduler;
}

/** The broker: its streams, and the switches that make it fail. */
export class MemoryBroker {
  /** Faults of single messages. */
  readonly faults = new Faults();
  readonly scheduler: Scheduler;
  readonly limits: StreamLimits;
  readonly #streams = new Map<LogName, MemoryStream>();
  readonly #foreign = new Map<LogName, string>();
  readonly #watchers = new Set<() => void>();
  #up = true;

  constructor(options: MemoryBrokerOptions) {
    this.scheduler = options.scheduler;
    this.limits = {
      bytesMax: options.bytesMax ?? Number.POSITIVE_INFINITY,
      messageBytesMax: options.messageBytesMax ?? 512 * 1024,
    };
  }

  /** The copy of a log, as the relay sees it. */
  copyOf(log: LogName): LogCopyAdmin {
    return new MemoryLogCopy(this, log);
  }

  /** Consumers of every log. */
  source(): ConsumerSource {
    return {
      consume: async (spec, startAfter, onDelivery) => new MemoryConsumer(this, { spec, startAfter, onDelivery }),
    };
  }

  /** Whether it answers. */
  get up(): boolean {
    return this.#up;
  }

  /** Fault: it stops answering. What it has, it keeps. */
  stop(): void {
    this.#up = false;
    this.#changed();
  }

  /** It answers again. */
  start(): void {
    this.#up = true;
    this.#changed();
  }

  /** Fault: the last `count` events of a log are gone, although they were acknowledged. */
  loseTail(log: LogName, count: number): void {
    this.#streams.get(log)?.loseTail(count);
  }

  /** Fault: a log's copy is gone, with its consumers. */
  loseStream(log: LogName): void {
    this.#streams.get(log)?.removeDurables();
    this.#streams.delete(log);
    this.#changed();
  }

  /** Fault: one durable consumer is gone. */
  loseConsumer(log: LogName, name: string): void {
    const stream = this.#streams.get(log);
    stream?.durables.get(name)?.remove();
    stream?.durables.delete(name);
    this.#changed();
  }

  /** Somebody else takes the place of a log. */
  occupy(log: LogName, found: string): void {
    this.loseStream(log);
    this.#foreign.set(log, found);
  }

  /** The stranger leaves a log's place. */
  vacate(log: LogName): void {
    this.#foreign.delete(log);
    this.#changed();
  }

  /** For the adapters in this folder: who else has taken a log's place. */
  foreign(log: LogName): string | undefined {
    return this.#foreign.get(log);
  }

  /** For the adapters in this folder. */
  stream(log: LogName): MemoryStream | undefined {
    return this.#streams.get(log);
  }

  /** For the adapters in this folder. */
  add(log: LogName, stream: MemoryStream): void {
    this.#streams.set(log, stream);
    this.#changed();
  }

  /** Calls back, soon, whenever consumers should look again. Returns how to end that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** For the adapters in this folder: a copy has grown. */
  grown(): void {
    this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
