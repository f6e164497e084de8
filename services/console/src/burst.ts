/** Places many sample orders at a steady rate: one burst at a time, no faster than allowed, and few at once. */
import { setTimeout as wait } from 'node:timers/promises';
import { isProblem, Problem } from '@eventstream/service-kit';
import type { StartBurst } from './api/actions.ts';
import type { Burst } from './api/floor.ts';
import { consoleProblems } from './problems.ts';
import { mixedKinds } from './samples.ts';

/** The most a burst may ask for. */
export const burstLimits = { ordersMax: 2_000, perSecondMax: 200, atOnceMax: 32 } as const;

/** How one order of a burst is placed; a problem when it was refused. */
export type PlaceOne = (kind: string) => Promise<unknown>;

const tickMs = 100;

/** Runs bursts, one at a time. */
export class BurstRunner {
  readonly #place: PlaceOne;
  #burst: Burst | null = null;
  #ending: AbortController | undefined;
  #inFlight = 0;

  constructor(place: PlaceOne) {
    this.#place = place;
  }

  /** The one that runs, or the last one. */
  get current(): Burst | null {
    return this.#burst;
  }

  /** Begins one; a problem while another runs. `ended` is called when all of it has been placed, or stopped. */
  start(wish: Omit<StartBurst, 'by'>, by: string, ended: (burst: Burst) => void): Burst | Problem {
    if (this.#burst?.running === true)
      return new Problem(consoleProblems.burstRunning, 'wait for it to end, or stop it first');
    this.#burst = { orders: wish.orders, placed: 0, failed: 0, running: true, by, trouble: null };
    this.#ending = new AbortController();
    void this.#run(wish, this.#ending.signal).finally(() => {
      this.#change({ running: false });
      if (this.#burst) ended(this.#burst);
    });
    return this.#burst;
  }

  /** Places no more. What is under way is finished. */
  stop(): void {
    this.#ending?.abort();
  }

  async #run({ orders, perSecond, mix }: Omit<StartBurst, 'by'>, signal: AbortSignal): Promise<void> {
    const beganMs = performance.now();
    const under: Promise<void>[] = [];
    let begun = 0;
    while (begun < orders && !signal.aborted) {
      const due = Math.min(orders, Math.ceil(((performance.now() - beganMs) / 1000) * perSecond) || 1);
      // A system that is slower than the rate sets the pace: what is due waits, and nothing piles up.
      while (begun < due && this.#inFlight < burstLimits.atOnceMax) {
        under.push(this.#one(kindOf(mix, begun)));
        begun += 1;
      }
      await wait(tickMs);
    }
    await Promise.all(under);
  }

  async #one(kind: string): Promise<void> {
    this.#inFlight += 1;
    try {
      const answer = await this.#place(kind);
      if (isProblem(answer)) this.#failed(answer.detail);
      else this.#change({ placed: (this.#burst?.placed ?? 0) + 1 });
    } catch {
      this.#failed('an order could not be placed');
    } finally {
      this.#inFlight -= 1;
    }
  }

  #failed(says: string): void {
    this.#change({
      failed: (this.#burst?.failed ?? 0) + 1,
      trouble: { says, nextStep: 'Start a smaller or slower burst.' },
    });
  }

  #change(change: Partial<Burst>): void {
    if (this.#burst) this.#burst = { ...this.#burst, ...change };
  }
}

function kindOf(mix: StartBurst['mix'], index: number): string {
  return mix === 'good' ? 'good' : (mixedKinds[index % mixedKinds.length] ?? 'good');
}
