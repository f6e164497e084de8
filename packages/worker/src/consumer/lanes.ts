/**
 * Serial lanes per stream, parallel across streams. Promises: jobs of one lane run one after another in the order they
 * came, at most `atOnceMax` jobs run at the same time, and the lane that has waited longest is next.
 * The waiting jobs need no bound of their own: the broker hands out no more than `unsettledMax`, and claims are limited.
 */

/** One piece of work. Must not reject: what went wrong is for the job to settle. */
export type Job = () => Promise<void>;

/** Runs jobs in lanes. */
export class Lanes {
  readonly #atOnceMax: number;
  /** Every lane that has work, with the jobs that wait in it; the lane's running job is not in the list. */
  readonly #lanes = new Map<string, Job[]>();
  /** Lanes whose next job may start, in the order in which they became so. */
  readonly #ready: string[] = [];
  #running = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(atOnceMax: number) {
    if (atOnceMax < 1) throw new RangeError('at least one job has to run at once');
    this.#atOnceMax = atOnceMax;
  }

  /** Jobs that run now. */
  get running(): number {
    return this.#running;
  }

  /** True when nothing runs and nothing waits. */
  get idle(): boolean {
    return this.#lanes.size === 0;
  }

  /** Puts a job at the end of its lane. It may start within this call. */
  add(lane: string, job: Job): void {
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined) {
      waiting.push(job);
      return;
    }
    this.#lanes.set(lane, [job]);
    this.#ready.push(lane);
    this.#startReady();
  }

  /** Resolves when nothing runs and nothing waits. */
  whenIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  #startReady(): void {
    while (this.#running < this.#atOnceMax) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      const job = this.#lanes.get(lane)?.shift();
      if (job !== undefined) void this.#run(lane, job);
    }
  }

  async #run(lane: string, job: Job): Promise<void> {
    this.#running += 1;
    try {
      await job();
    } finally {
      this.#running -= 1;
      if (this.#lanes.get(lane)?.length === 0) this.#lanes.delete(lane);
      else this.#ready.push(lane);
      this.#startReady();
      if (this.idle) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }
}
