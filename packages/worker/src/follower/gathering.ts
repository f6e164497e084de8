/**
 * Lets events gather into larger pages. An order's events come one after another within milliseconds; where nobody waits
 * for them, one page that has them all writes one row once instead of three times.
 */
import type { RecordedEvent } from '@eventstream/contracts';

/** When to stop gathering. */
export interface GatheringLimits {
  /** The longest that an event waits for others, in milliseconds; 0: never. */
  readonly gatherMs: number;
  /** So many are a page, whatever is still to come. */
  readonly eventsMax: number;
}

/** The page that is being gathered. */
export class Gathering {
  readonly #limits: GatheringLimits;
  readonly #mayWait: (event: RecordedEvent) => boolean;
  #sinceMs: number | undefined;
  #events = 0;
  #isUrgent = false;

  /** @param mayWait whether nobody waits for what comes of an event. */
  constructor(limits: GatheringLimits, mayWait: (event: RecordedEvent) => boolean) {
    this.#limits = limits;
    this.#mayWait = mayWait;
  }

  /** Takes note of an event. True: it changes when the page is due, so whoever waits for that has to look again. */
  arrived(event: RecordedEvent, nowMs: number): boolean {
    const isFirst = this.#sinceMs === undefined;
    this.#sinceMs ??= nowMs;
    this.#events += 1;
    this.#isUrgent ||= this.#limits.gatherMs === 0 || !this.#mayWait(event);
    return isFirst || this.#isUrgent || this.#events >= this.#limits.eventsMax;
  }

  /** How long the page may still wait, in milliseconds; 0: apply it. */
  leftMs(nowMs: number): number {
    if (this.#sinceMs === undefined || this.#isUrgent || this.#events >= this.#limits.eventsMax) return 0;
    return Math.max(0, this.#sinceMs + this.#limits.gatherMs - nowMs);
  }

  /** What has arrived is being applied; the next page begins with the next event. */
  begin(): void {
    this.#sinceMs = undefined;
    this.#events = 0;
    this.#isUrgent = false;
  }
}
