/**
 * Whether appends fail lately. A database that answers those who read may still take nothing: rights are missing, a
 * table is locked, its disk is full.
 */
import { messageOf } from '@eventstream/platform';
import { type Scheduler, systemScheduler } from '@eventstream/platform/scheduler';
import type { FailingAppends } from './port.ts';

/** After this long without another try nobody knows any more whether they would fail. */
export const forgottenAfterMs = 60_000;

/** Remembers the failures since the last success. */
export class AppendFailures {
  readonly #scheduler: Pick<Scheduler, 'nowMs'>;
  #failing: (FailingAppends & { readonly lastMs: number }) | undefined;

  constructor(scheduler: Pick<Scheduler, 'nowMs'> = systemScheduler) {
    this.#scheduler = scheduler;
  }

  /** Appends were not stored, for a reason that is not theirs. */
  failed(error: unknown): void {
    const lastMs = this.#scheduler.nowMs();
    this.#failing = { sinceMs: this.current?.sinceMs ?? lastMs, cause: messageOf(error), lastMs };
  }

  /** Appends were answered. */
  succeeded(): void {
    this.#failing = undefined;
  }

  /** Undefined when the last ones succeeded, or nobody has tried for a while. */
  get current(): FailingAppends | undefined {
    const failing = this.#failing;
    return failing && this.#scheduler.nowMs() - failing.lastMs < forgottenAfterMs ? failing : undefined;
  }
}
