/** Answers the dry runs that people ask of one consumer, one at a time and beside its work. */
import type { EventReader } from '@eventstream/event-store';
import type { Logger } from '@eventstream/platform';
import type { Handler } from '../handler.ts';
import type { WorkerLedger } from '../ledger.ts';
import { eventOf } from '../work-item.ts';
import { type DryRunAnswer, type DryRunRequest, lostEvent, type NoteEffect, noDryRun, runDry } from './dry-run.ts';

/** What answering needs. */
export interface DryRunsParts {
  readonly consumer: string;
  readonly ledger: WorkerLedger;
  readonly logger: Logger;
  /** The handler with ports that note instead of do; undefined: it has none. */
  readonly rehearse: ((note: NoteEffect) => Handler) | undefined;
  readonly store: EventReader;
}

/** Shorter than anybody waits for the answer. */
const withinMs = 10_000;

/** The dry runs of one consumer. */
export class DryRuns {
  readonly #parts: DryRunsParts;
  #running: Promise<void> | undefined;

  constructor(parts: DryRunsParts) {
    this.#parts = parts;
  }

  /** Takes the next one, unless one is under way. Rejects with `InfrastructureFault`. */
  async look(): Promise<void> {
    if (this.#running !== undefined) return;
    const { consumer, ledger, logger } = this.#parts;
    const request = await ledger.takeDryRun(consumer);
    if (request === undefined) return;
    this.#running = this.#answer(request)
      .catch((error: unknown) => logger.warn({ consumer, err: error }, 'a dry run could not be answered'))
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #answer(request: DryRunRequest): Promise<void> {
    const { ledger } = this.#parts;
    await ledger.answerDryRun(request.id, await this.#run(request));
  }

  async #run({ work }: DryRunRequest): Promise<DryRunAnswer> {
    const { rehearse, store, logger } = this.#parts;
    if (rehearse === undefined) return noDryRun;
    const event = await eventOf(work, store);
    return event === undefined ? lostEvent(work) : runDry(rehearse, event, { logger, withinMs });
  }
}
