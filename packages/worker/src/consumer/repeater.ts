/**
 * Repeats a piece of work as long as something that it depends on does not answer, and pauses the whole consumer in
 * between: such a fault costs time but no attempt.
 */
import type { Logger } from '@eventstream/platform';
import { verdictOfError } from '../classify.ts';
import type { Pause, PausedWork } from '../reader/pause.ts';

/** What repeating needs. */
export interface RepeaterParts {
  readonly consumer: string;
  readonly logger: Logger;
  readonly pause: Pause;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
  /** False while nothing may be handled: the log is in another life. */
  readonly mayWork: () => boolean;
}

/** Repeats the work of one consumer. */
export class Repeater {
  readonly #parts: RepeaterParts;

  constructor(parts: RepeaterParts) {
    this.#parts = parts;
  }

  /** Repeats the work until it succeeds. False: the worker was stopped first, or may not work any more. */
  async untilDone(work: () => Promise<void>): Promise<boolean> {
    const { pause, stopping, mayWork } = this.#parts;
    for (;;) {
      await pause.passed();
      if (stopping.aborted || !mayWork()) return false;
      try {
        await work();
        pause.success('events');
        return true;
      } catch (error) {
        this.fault(error, 'events');
      }
    }
  }

  /** Pauses the consumer for a fault that is not an event's. If it is not the infrastructure's either, it is our own bug. */
  fault(error: unknown, work: PausedWork): void {
    const { consumer, logger, pause } = this.#parts;
    if (verdictOfError(error).kind !== 'infrastructure')
      logger.error({ consumer, err: error }, 'the worker itself failed');
    pause.fault(error, work);
  }
}
