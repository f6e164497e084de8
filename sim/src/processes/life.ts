/**
 * One life of a process: from its start to its death. Promises: after its death nothing that it had in memory has any
 * effect (its timers, its answers and its deliveries are gone, and calls that its code still makes go nowhere); what it
 * had sent before takes effect all the same.
 */

import type { Clock } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { WorldTime } from '../world/world-time.ts';

/** One process between two crashes. */
export class Life {
  /** What it runs, such as `paymentworker`. */
  readonly role: string;
  /** What it waits with: its count of time never jumps. */
  readonly scheduler: Scheduler;
  /** What it believes the time to be. */
  readonly clock: Clock;
  readonly #time: WorldTime;
  readonly #onEnd: (() => void)[] = [];
  #alive = true;
  #skewMs: number;
  #frozenUntilMs = 0;

  constructor(role: string, time: WorldTime, skewMs: number) {
    this.role = role;
    this.#time = time;
    this.#skewMs = skewMs;
    this.clock = { nowMs: () => time.nowMs() + this.#skewMs };
    this.scheduler = {
      nowMs: () => time.nowMs() + skewMs,
      after: (ms, run) => this.#after(ms, run),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs something of this process: not if it is dead, later if it stands still. */
  run(what: () => void): void {
    if (!this.#alive) return;
    const frozenMs = this.#frozenUntilMs - this.#time.nowMs();
    if (frozenMs > 0) this.#time.after(frozenMs, () => this.run(what));
    else what();
  }

  /** Stands still from now on, for so long. */
  freeze(ms: number): void {
    this.#frozenUntilMs = this.#time.nowMs() + ms;
  }

  /** Goes on at once. */
  thaw(): void {
    this.#frozenUntilMs = 0;
  }

  /** Its clock is set to another time. */
  jump(ms: number): void {
    this.#skewMs += ms;
  }

  /** Calls back when it ends. */
  onEnd(release: () => void): void {
    this.#onEnd.push(release);
  }

  /** It is dead from now on. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const release of this.#onEnd) release();
  }

  #after(ms: number, run: () => void): () => void {
    if (!this.#alive) return () => {};
    let cancelled = false;
    const cancel = this.#time.after(ms, () =>
      this.run(() => {
        if (!cancelled) run();
      }),
    );
    return () => {
      cancelled = true;
      cancel();
    };
  }
}

/** A promise of something that will never be answered: whoever waits for it is dead. */
export function never<T>(): Promise<T> {
  return new Promise(() => {});
}
