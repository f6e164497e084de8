/**
 * A dry run: what a handler would answer now, and what it would do, with nothing done. It is run by the consumer itself,
 * so the answer is that of the program and the settings that a redrive would meet.
 */
import type { RecordedEvent } from '@eventstream/contracts';
import { type Logger, messageOf } from '@eventstream/platform';
import { verdictOfError } from '../classify.ts';
import type { Handler } from '../handler.ts';
import { notInTheStore, type WorkItem } from '../work-item.ts';

/** How it can come out. */
export const dryRunOutcomes = [
  'done',
  'retry',
  'deadLetter',
  /** The handler threw what nobody had foreseen. */
  'threw',
  /** Something that the handler depends on does not answer. */
  'unavailable',
  /** The process ended during the dry run, as it would during a redrive. */
  'endedProcess',
  /** The consumer answered nothing: it does not run, or has no dry run. */
  'unanswered',
] as const;
/** How it came out. */
export type DryRunOutcome = (typeof dryRunOutcomes)[number];

/** The answer. */
export interface DryRunAnswer {
  readonly outcome: DryRunOutcome;
  /** As a sentence. */
  readonly says: string;
  readonly stack: string | undefined;
  /** What it would have done outside of itself, in order; each a sentence. */
  readonly effects: readonly string[];
}

/** A dry run that somebody asked for, and one consumer has taken. */
export interface DryRunRequest {
  readonly id: string;
  /** The event of the dead letter. */
  readonly work: WorkItem;
}

/** Notes an effect that a real run would have: a sentence in the present, such as `debits 19.00 USD for order …`. */
export type NoteEffect = (effect: string) => void;

/** A handler that may be far more talkative than anybody reads. */
const effectsMax = 100;

/** Runs a handler whose ports note instead of do, as its first attempt. Never rejects. */
export async function runDry(
  handlerWith: (note: NoteEffect) => Handler,
  event: RecordedEvent,
  { logger, withinMs }: { readonly logger: Logger; readonly withinMs: number },
): Promise<DryRunAnswer> {
  const effects: string[] = [];
  const note: NoteEffect = (effect) => {
    if (effects.length < effectsMax) effects.push(effect);
  };
  const signal = AbortSignal.timeout(withinMs);
  try {
    const work = handlerWith(note)(event, { attempt: 1, logger, signal });
    const outcome = await Promise.race([work, rejectedAt(signal, withinMs)]);
    const says = outcome.kind === 'done' ? 'the handler would succeed' : outcome.reason;
    return { outcome: outcome.kind, says, stack: undefined, effects };
  } catch (error) {
    const verdict = verdictOfError(error);
    const stack = error instanceof Error ? error.stack : undefined;
    switch (verdict.kind) {
      case 'infrastructure':
        return { outcome: 'unavailable', says: verdict.reason, stack: undefined, effects };
      case 'deadLetter':
        return { outcome: 'deadLetter', says: verdict.reason, stack, effects };
      default:
        return { outcome: 'threw', says: messageOf(error), stack, effects };
    }
  }
}

/** The answer for an event that the store does not have any more. */
export function lostEvent(work: WorkItem): DryRunAnswer {
  return { outcome: 'deadLetter', says: notInTheStore(work), stack: undefined, effects: [] };
}

/** The answer of a consumer whose handlers cannot be run without effect. */
export const noDryRun: DryRunAnswer = {
  outcome: 'unanswered',
  says: 'this consumer has no dry run: whoever wrote its worker did not give it one (WorkerOptions.rehearse)',
  stack: undefined,
  effects: [],
};

/** The answer about a dry run that was under way when its process ended. */
export const endedProcess: DryRunAnswer = {
  outcome: 'endedProcess',
  says: 'the process ended during the dry run; a redrive would end it as well',
  stack: undefined,
  effects: [],
};

function rejectedAt(signal: AbortSignal, withinMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`the handler took longer than ${withinMs} ms`)), {
      once: true,
    });
  });
}
