/** What the parts of the broker in memory share: its streams, whether it is up, and who wants to know of changes. */
import type { LogName, RecordedEvent } from '@eventstream/contracts';
import type { Scheduler } from '@eventstream/platform/scheduler';
import { Faults } from './faults.ts';
import type { MemoryStream, StreamLimits } from './memory-stream.ts';

/** The state of one broker. */
export class BrokerState {
  readonly faults = new Faults();
  readonly scheduler: Scheduler;
  readonly limits: StreamLimits;
  readonly streams = new Map<LogName, MemoryStream>();
  /** Logs whose place somebody else has taken, and what was found there. */
  readonly strangers = new Map<LogName, string>();
  /** Whoever hears of events as they are published. */
  readonly listeners = new Set<(event: RecordedEvent) => void>();
  readonly #watchers = new Set<() => void>();
  /** Whether it answers. */
  up = true;

  constructor(scheduler: Scheduler, limits: StreamLimits) {
    this.scheduler = scheduler;
    this.limits = limits;
  }

  /** Deletes a log's copy with its consumers. */
  remove(log: LogName): void {
    this.streams.get(log)?.removeDurables();
    this.streams.delete(log);
    this.changed();
  }

  /** Calls back whenever consumers should look again. Returns how to end that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells all watchers. */
  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
