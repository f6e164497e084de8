/** What a relay is doing and how it fares, for whoever asks: its state, its readiness, its gauges. */
import type { LogName } from '@eventstream/contracts';
import type { Readiness, Ready } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import type { CopyDrift, CopyState } from '../port.ts';
import { relayMetrics } from './relay-metrics.ts';
import type { RelayHalt } from './resync.ts';

/** What a relay is doing. */
export type RelayState =
  /** Another instance leads, or this one was stopped. */
  | { readonly kind: 'standby' }
  /** Finding out where the broker is. `reason`: what it doubts or waits for. */
  | { readonly kind: 'resyncing'; readonly reason: string }
  /** Publishing. */
  | { readonly kind: 'following' }
  /** Waiting for a decision that only people can take. */
  | RelayHalt;

/** A resync takes milliseconds when all is well, and one doubt is soon over; only what drags on is worth a word. */
const troubleGraceMs = 2_000;

/** The condition of one relay. */
export class RelayCondition {
  /** Ready while the relay follows, or while another instance leads; then whether the copy is kept as it should be. */
  readonly checks: readonly [Readiness, Readiness];
  readonly #log: LogName;
  readonly #scheduler: Scheduler;
  #state: RelayState = { kind: 'standby' };
  #stateSinceMs = 0;
  #fruitless: { readonly reason: string; readonly sinceMs: number } | undefined;
  #drift: CopyDrift | undefined;

  constructor(relay: string, log: LogName, scheduler: Scheduler) {
    this.#log = log;
    this.#scheduler = scheduler;
    this.checks = [
      { name: relay, check: async () => this.#ready() },
      {
        name: `${relay} copy`,
        optional: true,
        check: async () => (this.#drift === undefined ? { ok: true } : { ok: false, ...this.#drift }),
      },
    ];
  }

  /** What the relay is doing now. */
  get state(): RelayState {
    return this.#state;
  }

  /** It does this now. A halted relay that looks again stays halted for its observers until it may really go on. */
  enter(state: RelayState): void {
    if (this.#state.kind === 'halted' && state.kind === 'resyncing') return;
    if (this.#state.kind !== state.kind) this.#stateSinceMs = this.#scheduler.nowMs();
    this.#state = state;
    const log = this.#log;
    relayMetrics.halted.set({ log }, state.kind === 'halted' ? 1 : 0);
    relayMetrics.leading.set({ log }, state.kind === 'standby' ? 0 : 1);
  }

  /** It looked at the broker and got nothing published all the same. */
  gotNowhere(reason: string): void {
    this.#fruitless = { reason, sinceMs: this.#fruitless?.sinceMs ?? this.#scheduler.nowMs() };
  }

  /** It got something published, or there is nothing to publish. */
  gotOn(): void {
    this.#fruitless = undefined;
  }

  /** The broker holds this. */
  sawCopy(found: CopyState): void {
    this.#drift = found.kind === 'ours' ? found.drift : undefined;
  }

  #ready(): Ready {
    const state = this.#state;
    if (state.kind === 'halted') return { ok: false, reason: state.reason, nextStep: state.nextStep };
    const looking = state.kind === 'resyncing' ? { reason: state.reason, sinceMs: this.#stateSinceMs } : undefined;
    const nowMs = this.#scheduler.nowMs();
    const trouble = [this.#fruitless, looking].find(
      (one) => one !== undefined && nowMs - one.sinceMs >= troubleGraceMs,
    );
    if (trouble === undefined) return { ok: true };
    return { ok: false, reason: `events are stored but not published: ${trouble.reason}` };
  }
}
