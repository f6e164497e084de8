/**
 * Where an event goes that is not done at once: it becomes waiting work, or a dead letter. Promises: later events of its
 * stream wait behind it from before its row is written.
 */
import { type Alarm, type Logger, withParent } from '@eventstream/platform';
import type { Waiting, WorkerLedger } from '../ledger.ts';
import { type WorkItem, workItemIn } from '../work-item.ts';
import type { Attempted } from './attempts.ts';
import type { Progress } from './progress.ts';
import { StuckStreams } from './stuck-streams.ts';

/** What setting aside needs. */
export interface SetAsideParts {
  readonly consumer: string;
  readonly ledger: WorkerLedger;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly alarm: Alarm;
}

/** Why an event becomes a dead letter. */
export interface BuriedBecause {
  readonly reason: string;
  readonly stack: string | undefined;
  /** Of the attempt that showed it. */
  readonly traceparent?: string | undefined;
}

/** Sets events of one consumer aside. */
export class SetAside {
  readonly #parts: SetAsideParts;
  /** The streams that are held up by what was set aside. */
  readonly stuck: StuckStreams;

  constructor(parts: SetAsideParts) {
    this.#parts = parts;
    this.stuck = new StuckStreams(parts.consumer, parts.ledger);
  }

  /** Makes it waiting work; from then on it is settled. */
  async wait(item: WorkItem, waiting: Waiting): Promise<void> {
    const { consumer, ledger, progress, alarm } = this.#parts;
    await this.stuck.holdUp(item.stream, () => ledger.wait(consumer, item, waiting));
    progress.settle(item.position);
    alarm.ringIn(waiting.afterMs);
  }

  /** Makes it a dead letter. */
  async bury(item: WorkItem, attempts: number, why: BuriedBecause): Promise<void> {
    const { consumer, ledger, logger } = this.#parts;
    const { eventId, type, position: at, stream } = item;
    const { reason, stack } = why;
    await this.stuck.holdUp(stream, () => ledger.bury({ ...workItemIn(item), consumer, reason, stack, attempts }));
    const line = { consumer, eventId, type, position: at, stream, attempts, reason };
    withParent(why.traceparent, () =>
      logger.error(
        { ...line, nextStep: 'see them: `npx eventstream dead-letters list`' },
        'an event became a dead letter; later events of its stream wait behind it',
      ),
    );
  }

  /** Says that an attempt failed. The line carries the attempt's trace, so that one leads to the other. */
  reportFailure(
    item: WorkItem,
    failed: { readonly attempts: number; readonly reason: string },
    { traceparent }: Attempted,
  ): void {
    const { consumer, logger } = this.#parts;
    const { eventId, position: at, stream } = item;
    withParent(traceparent, () =>
      logger.warn({ consumer, eventId, position: at, stream, ...failed }, 'an attempt failed; it is tried again'),
    );
  }
}
