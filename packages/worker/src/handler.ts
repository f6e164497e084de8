/** What a worker is made of: a handler, its outcome, and what the handler may use. */
import type { RecordedEvent } from '@eventstream/contracts';
import { CodedError, type Logger } from '@eventstream/platform';

/** What became of one attempt at an event. Infrastructure faults are thrown instead: they pause the consumer and burn no attempt. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Try again after this long (the runtime may wait longer). */
  | { readonly kind: 'retry'; readonly afterMs: number; readonly reason: string }
  /** It will never work as it is: park it, and the rest of its stream, until somebody redrives it. */
  | { readonly kind: 'deadLetter'; readonly reason: string };

/** What a handler is given beside the event. */
export interface HandlerContext {
  /** From 1; counted in the database, so a crash counts too. */
  readonly attempt: number;
  readonly logger: Logger;
  /** Aborts when the worker stops, or the attempt has taken too long; long work should end early then, and is done again. */
  readonly signal: AbortSignal;
}

/** Handles one event. Called again for the same event after a crash or a lost ack: the effect must be repeatable. */
export type Handler = (event: RecordedEvent, context: HandlerContext) => Promise<Outcome>;

/** The effect is recorded. */
export const done: Outcome = { kind: 'done' };
/** Not now. */
export const retry = (afterMs: number, reason: string): Outcome => ({ kind: 'retry', afterMs, reason });
/** Never as it is. */
export const deadLetter = (reason: string): Outcome => ({ kind: 'deadLetter', reason });

/** A fault of something the worker depends on (database, event store, gateway): wait for it, burn no attempt. */
export class InfrastructureFault extends CodedError {
  constructor(what: string, cause?: unknown) {
    super('worker_infrastructure', what, {
      cause,
      nextStep: 'the consumer pauses and tries again by itself; `npx eventstream status` shows what is away',
    });
  }
}
