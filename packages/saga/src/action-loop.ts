/**
 * The one loop that acts: claims rows whose action is due, appends what they ask for, tries again what failed.
 * A row's action goes only when the sink has read its result back from the log; until then the claim keeps it quiet,
 * and when the claim runs out the action is simply repeated.
 */

import {
  Alarm,
  backoffMs,
  CodedError,
  codeOf,
  counter,
  failpoint,
  histogram,
  type Logger,
  messageOf,
  newId,
  type Part,
} from '@eventstream/platform';
import { type Scheduler, systemScheduler, waitFor } from '@eventstream/platform/scheduler';
import { type Acting, actOnSaga, type Moment } from './act-on-saga.ts';
import type { ClaimedRow } from './saga-store.ts';

/** Whether a step's deadline may be judged now: not while the coordinator, the relay or the step's consumer is behind. */
export interface DeadlineGate {
  mayJudge(step: string): Promise<boolean>;
}

/** How often, how much at once, and how long to wait. Times in milliseconds. */
export interface ActionLoopSettings {
  /** Rows acted on at once. */
  readonly batch: number;
  /** How often rows are looked for when nobody wakes the loop. */
  readonly pollMs: number;
  /** After this long without its result a row is acted on again. */
  readonly claimMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Failures until a saga is shown as stuck. It is tried on and on. */
  readonly stuckAfter: number;
}

/** Fit for production. */
export const actionLoopDefaults: ActionLoopSettings = {
  batch: 128,
  pollMs: 250,
  claimMs: 15_000,
  backoffMs: 200,
  backoffMaxMs: 30_000,
  stuckAfter: 5,
};
/** Between tries to reach what does not answer: shorter than a saga's own, since all of them stand still meanwhile. */
const outagePauseMaxMs = 5_000;

/** What the loop is made of. */
export interface ActionLoopOptions extends Acting {
  readonly gate: DeadlineGate;
  readonly logger: Logger;
  readonly settings?: Partial<ActionLoopSettings>;
  /** Names this loop to the rows it claims; no other may have it. Default: a random one. */
  readonly owner?: string;
  /** Default: the machine's time. */
  readonly scheduler?: Scheduler;
  /** Jitter: a number from 0 to 1 each time it is asked. Default: Math.random. */
  readonly random?: () => number;
}

const actions = counter('saga_actions_total', 'Events that the saga engine appended', ['saga', 'type', 'reason']);
const failures = counter('saga_action_failures_total', 'Actions that failed and will be tried again', ['saga']);
const lateness = histogram(
  'saga_deadline_lateness_seconds',
  'From a deadline until its undo was appended',
  ['saga'],
  [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600],
);

/** The loop as a part of a process. */
export class ActionLoop implements Part {
  readonly name: string;
  readonly checks = [];
  readonly #options: ActionLoopOptions;
  readonly #settings: ActionLoopSettings;
  readonly #owner: string;
  readonly #scheduler: Scheduler;
  readonly #alarm: Alarm;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ActionLoopOptions) {
    this.name = `saga ${options.definition.name}`;
    this.#options = options;
    this.#settings = { ...actionLoopDefaults, ...options.settings };
    this.#owner = options.owner ?? newId();
    this.#scheduler = options.scheduler ?? systemScheduler;
    this.#alarm = new Alarm(this.#scheduler);
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Something is to be done at once. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Claims what is due and acts on it; how many rows that were. Rejects when a database or the store cannot answer. */
  async runOnce(): Promise<number> {
    const { store, definition } = this.#options;
    const { batch: limit, claimMs } = this.#settings;
    const deadlinesOf = await this.#judgeable();
    const deadlinesNotOf = definition.steps.map(({ name }) => name).filter((name) => !deadlinesOf.includes(name));
    const { nowMs, rows } = await store.claim({ owner: this.#owner, limit, claimMs, deadlinesNotOf });
    if (rows.length > 0) failpoint('saga.afterClaim');
    const results = await Promise.allSettled(rows.map((row) => this.#act(row, { nowMs, deadlinesOf })));
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected) {
      const untried = rows.filter((_, index) => results[index]?.status === 'rejected');
      await store.giveBack(untried);
      throw outage(definition.name, rejected.reason);
    }
    return rows.length;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { batch, pollMs, backoffMs: firstMs } = this.#settings;
    let outages = 0;
    while (!signal.aborted) {
      try {
        const found = await this.runOnce();
        outages = 0;
        if (found < batch) await this.#alarm.wait(pollMs, signal);
      } catch (error) {
        outages += 1;
        const pauseMs = backoffMs({ firstMs, maxMs: outagePauseMaxMs, jitter: 'none' }, outages);
        this.#options.logger.warn({ err: error, pauseMs }, 'the saga cannot act now; it tries again');
        // Nobody wakes it: what does not answer would only be asked more often.
        await waitFor(this.#scheduler, pauseMs, signal);
      }
    }
  }

  async #judgeable(): Promise<readonly string[]> {
    const { definition, gate } = this.#options;
    const names = definition.steps.map((step) => step.name);
    const may = await Promise.all(names.map((name) => gate.mayJudge(name)));
    return names.filter((_, index) => may[index]);
  }

  /** Rejects only on an outage, which says nothing about this saga. */
  async #act(claimed: ClaimedRow, moment: Moment): Promise<void> {
    const saga = this.#options.definition.name;
    try {
      const acted = await actOnSaga(this.#options, claimed, moment);
      if (acted.kind !== 'appended' || acted.repeated) return;
      actions.inc({ saga, type: acted.action.type, reason: acted.action.reason });
      if (acted.isDeadline) lateness.observe({ saga }, (moment.nowMs - claimed.dueMs) / 1000);
    } catch (error) {
      if (isOutage(error)) throw error;
      await this.#noteFailure(claimed, error);
    }
  }

  async #noteFailure(claimed: ClaimedRow, error: unknown): Promise<void> {
    const { store, logger, definition, random = Math.random } = this.#options;
    const { backoffMs: firstMs, backoffMaxMs: maxMs, stuckAfter } = this.#settings;
    const attempts = claimed.attempts + 1;
    const retryInMs = backoffMs({ firstMs, maxMs, jitter: 'half', random }, attempts + 1);
    failures.inc({ saga: definition.name });
    logger.warn(
      { err: error, stream: claimed.row.stream, attempts, retryInMs },
      'a saga could not act; it tries again',
    );
    const stuck = attempts >= stuckAfter;
    await store.noteFailure(claimed, { error: messageOf(error).slice(0, 1000), retryInMs, stuck });
  }
}

/** The event store or the database does not answer. */
function outage(saga: string, cause: unknown): CodedError {
  return new CodedError('saga_outage', `saga ${saga} waits for the event store or its database: ${messageOf(cause)}`, {
    details: { saga },
    cause,
    nextStep: 'it acts again by itself; `npx eventstream status` shows what is away',
  });
}

/** Whether the error concerns everything and not this one saga, so that no attempt of it counts. */
function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'store_unavailable' || code === 'store_overloaded' || code === 'queue_full';
}
