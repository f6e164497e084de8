/**
 * The answer to infrastructure faults: everything of one reader (a follower, or a worker's consumer) stops and tries
 * again by itself, later each time, without burning attempts. Promises: the pause grows by doubling up to its limit,
 * with jitter, and the first success ends the series.
 */

import { type Backoff, backoffMs, messageOf } from '@eventstream/platform';
import { type Scheduler, waitFor } from '@eventstream/platform/scheduler';
import { nextStepAtDatabase } from '@eventstream/platform/sql';

/** What a pause does to its reader. */
export interface PauseEffects {
  /** Called when a pause begins. */
  readonly began: (fault: unknown, forMs: number) => void;
  /** Called when it is over and work is tried again. */
  readonly ended?: () => void;
  /** Called at the first success after it. */
  readonly recovered?: () => void;
}

/** What met the fault: only its own success ends the series. */
export type PausedWork = 'events' | 'upkeep';

/** Why a reader waits, and what somebody has to do before it goes on, if anything. */
export interface WaitsFor {
  readonly reason: string;
  readonly nextStep: string | undefined;
}

/** A gate that all work of a reader passes. */
export class Pause {
  readonly #scheduler: Scheduler;
  readonly #backoff: Backoff;
  readonly #effects: PauseEffects;
  readonly #stopping: AbortSignal;
  #faults = 0;
  #current: Promise<void> | undefined;
  #waitsFor: WaitsFor | undefined;
  #work: PausedWork = 'upkeep';

  constructor(
    scheduler: Scheduler,
    backoff: Backoff,
    parts: { readonly effects: PauseEffects; readonly stopping: AbortSignal },
  ) {
    this.#scheduler = scheduler;
    this.#backoff = backoff;
    this.#effects = parts.effects;
    this.#stopping = parts.stopping;
  }

  /** Why work does not go on: set by the first fault, cleared by the first success after it. */
  get waitsFor(): WaitsFor | undefined {
    return this.#waitsFor;
  }

  /** Resolves when work may go on, or the reader stops. */
  passed(): Promise<void> {
    return this.#current ?? Promise.resolve();
  }

  /** Something that is depended on has failed. A pause that is under way is not made longer by it. */
  fault(fault: unknown, work: PausedWork): void {
    this.#waitsFor = { reason: messageOf(fault), nextStep: nextStepAtDatabase(fault) };
    this.#work = work;
    if (this.#current !== undefined || this.#stopping.aborted) return;
    this.#faults += 1;
    const forMs = backoffMs(this.#backoff, this.#faults);
    this.#effects.began(fault, forMs);
    this.#current = this.#last(forMs);
  }

  /** Something has worked. */
  success(work: PausedWork): void {
    if (this.#waitsFor === undefined || this.#current !== undefined || work !== this.#work) return;
    this.#faults = 0;
    this.#waitsFor = undefined;
    this.#effects.recovered?.();
  }

  async #last(forMs: number): Promise<void> {
    await waitFor(this.#scheduler, forMs, this.#stopping);
    this.#current = undefined;
    this.#effects.ended?.();
  }
}
