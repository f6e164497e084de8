/**
 * Runs a handler: one span, one measurement and one verdict per attempt. Promises: never rejects, and an attempt ends
 * at its time limit even when its handler does not.
 */
import { metadataKeys, type RecordedEvent } from '@eventstream/contracts';
import { type Clock, failSpan, type Logger, traceparentOf, withSpan } from '@eventstream/platform';
import { type Verdict, verdictOfAnswer, verdictOfError } from '../classify.ts';
import type { Handler } from '../handler.ts';
import * as metrics from './worker-metrics.ts';

/** How one attempt ended. */
export interface Attempted {
  readonly verdict: Verdict;
  /** Of the attempt's span, for the next one to link to. */
  readonly traceparent: string | undefined;
}

/** What attempts have in common. */
export interface AttemptsOptions {
  readonly consumer: string;
  readonly handler: Handler;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly attemptMs: number;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
}

interface Running {
  readonly sinceMs: number;
  readonly abort: AbortController;
}

/** The attempts of one consumer. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #running = new Set<Running>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
    options.stopping.addEventListener('abort', () => {
      for (const { abort } of this.#running) abort.abort(options.stopping.reason);
    });
  }

  /** Makes one attempt; `attempt` counts from 1, `earlier` is the traceparent of the one before. */
  async run(event: RecordedEvent, attempt: number, earlier?: string): Promise<Attempted> {
    const { consumer } = this.#options;
    const options = {
      kind: 'consumer',
      parent: event.metadata[metadataKeys.traceparent],
      links: earlier === undefined ? [] : [earlier],
      attributes: {
        'messaging.system': 'nats',
        'messaging.consumer.group.name': consumer,
        'eventstream.event_id': event.id,
        'eventstream.position': event.position,
        'eventstream.stream': event.stream,
        'eventstream.attempt': attempt,
      },
    } as const;
    const measured = metrics.handleSeconds.startTimer({ consumer });
    const attempted = await withSpan(`${consumer} handle ${event.type}`, options, async (span) => {
      const verdict = await this.#verdict(event, attempt);
      if (verdict.kind !== 'done') failSpan(span, verdict.reason);
      return { verdict, traceparent: traceparentOf(span) };
    });
    measured();
    metrics.handled.inc({ consumer, outcome: attempted.verdict.kind });
    return attempted;
  }

  /** Ends attempts that have taken too long. To be called now and then. */
  expire(): void {
    const { clock, attemptMs } = this.#options;
    const beforeMs = clock.nowMs() - attemptMs;
    for (const { sinceMs, abort } of this.#running)
      if (sinceMs <= beforeMs) abort.abort(new Error(`the handler took longer than ${attemptMs} ms`));
  }

  async #verdict(event: RecordedEvent, attempt: number): Promise<Verdict> {
    const { handler, logger, clock, stopping } = this.#options;
    const running = { sinceMs: clock.nowMs(), abort: new AbortController() };
    const { signal } = running.abort;
    this.#running.add(running);
    try {
      const work = async (): Promise<Verdict> => verdictOfAnswer(await handler(event, { attempt, logger, signal }));
      return await Promise.race([work(), failedAtAbort(signal, stopping)]);
    } catch (error) {
      return verdictOfError(error);
    } finally {
      this.#running.delete(running);
    }
  }
}

/** A worker that stops lets its handlers finish; only the time limit ends an attempt from outside. */
function failedAtAbort(signal: AbortSignal, stopping: AbortSignal): Promise<Verdict> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      if (stopping.aborted) return;
      resolve({ kind: 'failed', reason: String(signal.reason), stack: undefined });
    });
  });
}
