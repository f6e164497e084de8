/**
 * Tells a burst from a standing queue. A burst is let in whole, however long its last call waits. A queue that stands,
 * because more arrives than is answered, is held so short that whoever joins it waits no longer than allowed: as many
 * may be inside as are answered in that time (Little's law). This is what CoDel (RFC 8289) does for packets, with two
 * changes: a call that is inside cannot be taken out again, so the decision is made at the door; and how long a queue
 * may last to count as a burst is measured in arrivals, because a busy machine takes longer to see the same burst, not
 * a larger one.
 *
 * Pure: times are passed in, in milliseconds of a clock that never goes back.
 */

/** What is let in. */
export interface StandingQueueOptions {
  /** How long a call may wait in a queue that stands. */
  readonly waitMs: number;
  /** So many are let in beyond that, until the queue has once been short again. */
  readonly burst: number;
  /** So many may always be inside: they are answered together, so that fewer would not be answered sooner. */
  readonly always: number;
}

/** How long the pace of answers is remembered. */
const windowMs = 1_000;
/** After so long without a slow answer the queue counts as short again. */
const calmMs = 1_000;

/** One queue. Call `enter` for each that is let in, and `leave` when it is answered. */
export class StandingQueue {
  readonly #options: StandingQueueOptions;
  #inside = 0;
  /** Let in since the queue was short. */
  #sinceShort = 0;
  #slowAtMs = Number.NEGATIVE_INFINITY;
  #window = { startMs: 0, answered: 0, before: 0 };

  constructor(options: StandingQueueOptions) {
    this.#options = options;
  }

  /** Calls let in and not yet answered. */
  get inside(): number {
    return this.#inside;
  }

  /** Whether the next one would wait too long. */
  stands(nowMs: number): boolean {
    return this.#sinceShort >= this.#options.burst && this.#inside >= this.limit(nowMs);
  }

  /** How many may be inside while the queue stands. */
  limit(nowMs: number): number {
    return Math.max(this.#options.always, (this.perSecond(nowMs) * this.#options.waitMs) / 1000);
  }

  /** Calls answered in a second, over the last one: what is left of the window before, and the window that runs. */
  perSecond(nowMs: number): number {
    this.#roll(nowMs);
    const { startMs, answered, before } = this.#window;
    const left = 1 - (nowMs - startMs) / windowMs;
    return ((before * left + answered) * 1000) / windowMs;
  }

  /** Counts a call that was let in. */
  enter(nowMs: number): void {
    // Empty for an instant is not short: a whole queue may be answered by one commit.
    if (this.#inside === 0 && this.#isCalm(nowMs)) this.#sinceShort = 0;
    this.#inside += 1;
    this.#sinceShort += 1;
  }

  /**
   * Counts a call that was answered. `worked`: what it asked for was done, so that it says something about the pace; a
   * flood of calls that are refused for their content must not let more in than can be done.
   */
  leave(call: { readonly enteredMs: number; readonly nowMs: number; readonly worked: boolean }): void {
    this.#inside -= 1;
    this.#roll(call.nowMs);
    if (call.worked) this.#window.answered += 1;
    if (call.nowMs - call.enteredMs > this.#options.waitMs / 2) this.#slowAtMs = call.nowMs;
    else if (this.#isCalm(call.nowMs)) this.#sinceShort = 0;
  }

  #isCalm(nowMs: number): boolean {
    return nowMs - this.#slowAtMs >= calmMs;
  }

  #roll(nowMs: number): void {
    const { startMs, answered } = this.#window;
    const windows = Math.floor((nowMs - startMs) / windowMs);
    if (windows === 0) return;
    this.#window = { startMs: startMs + windows * windowMs, answered: 0, before: windows === 1 ? answered : 0 };
  }
}
