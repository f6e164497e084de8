/** What keeps saga rows shown and small: counts open sagas for the metrics, and forgets those that ended long ago. */

import { gauge, type Logger, type Part, type Readiness, type Ready } from '@eventstream/platform';
import { every, type Scheduler, systemScheduler } from '@eventstream/platform/scheduler';
import type { SagaCounts, SagaStore } from './saga-store.ts';

/** What the upkeep is made of. */
export interface SagaUpkeepOptions {
  readonly saga: string;
  readonly store: SagaStore;
  /** How long the row of an ended saga is kept, in milliseconds. */
  readonly keepMs: number;
  readonly logger: Logger;
  /** How often it works. Default 5,000 ms. */
  readonly everyMs?: number;
  /** Default: the machine's time. */
  readonly scheduler?: Scheduler;
}

/** Rows forgotten in one statement; what is left waits for the next turn. */
const forgetMax = 1000;

const open = gauge(
  'saga_open',
  'Sagas that have not ended, by status; stuck, overdue and unjudged ones are among them',
  ['saga', 'status'],
);

/** The upkeep as a part of a process. */
export class SagaUpkeep implements Part {
  readonly name: string;
  /** Optional: sagas that are stuck, or whose deadlines nobody judges, with the command that shows why. */
  readonly checks: readonly [Readiness] = [{ name: 'sagas', optional: true, check: async () => this.#check() }];
  readonly #options: SagaUpkeepOptions;
  #end: (() => Promise<void>) | undefined;
  #counts: SagaCounts | undefined;

  constructor(options: SagaUpkeepOptions) {
    this.name = `upkeep of saga ${options.saga}`;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { logger, everyMs = 5_000, scheduler = systemScheduler } = this.#options;
    this.#end = every(scheduler, everyMs, () =>
      this.runOnce().catch((error: unknown) =>
        logger.warn({ err: error }, 'the sagas could not be counted; tried again shortly'),
      ),
    );
  }

  async stop(): Promise<void> {
    await this.#end?.();
  }

  #check(): Ready {
    const { stuck = 0, unjudged = 0 } = this.#counts ?? {};
    if (stuck === 0 && unjudged === 0) return { ok: true };
    if (stuck === 0)
      return {
        ok: false,
        reason: `${unjudged === 1 ? '1 saga has' : `${unjudged} sagas have`} been past a deadline for over a minute, and nobody judges it: somebody has not kept up with the log`,
        nextStep: 'see who: `npx eventstream logs sagacoordinator`',
      };
    return {
      ok: false,
      reason: `${stuck === 1 ? '1 saga is' : `${stuck} sagas are`} stuck: an undo is not done in time, or an event cannot be read or stored`,
      nextStep: 'see what each of them waits for: `npx eventstream sagas --stuck`',
    };
  }

  /** Counts and forgets once. Rejects when the database cannot answer. */
  async runOnce(): Promise<void> {
    const { saga, store, keepMs } = this.#options;
    this.#counts = await store.counts();
    const counts: Record<string, number> = { ...this.#counts };
    for (const [status, count] of Object.entries(counts)) open.set({ saga, status }, count);
    await store.forgetEnded(keepMs, forgetMax);
  }
}
