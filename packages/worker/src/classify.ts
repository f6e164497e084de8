/** What an attempt's end means, as pure decisions: from what was thrown to a verdict, and from a verdict to the next step. */
import { inspect } from 'node:util';
import { UndecodableEvent } from '@eventstream/contracts';
import { StoreOverloaded, StoreUnavailable } from '@eventstream/event-store';
import { type Backoff, backoffMs, codeOf, messageOf, QueueFull } from '@eventstream/platform';
import { isDatabaseAway } from '@eventstream/platform/sql';
import { InfrastructureFault, type Outcome } from './handler.ts';

/** How an attempt ended. */
export type Verdict =
  | Outcome
  /** The handler threw what nobody had foreseen: maybe a bug, maybe gone next time. */
  | { readonly kind: 'failed'; readonly reason: string; readonly stack: string | undefined }
  /** Something the worker depends on does not answer: not this event's fault. */
  | { readonly kind: 'infrastructure'; readonly reason: string; readonly cause: unknown }
  | { readonly kind: 'deadLetter'; readonly reason: string; readonly stack: string | undefined };

/** What is done after an attempt. */
export type AttemptStep =
  | { readonly kind: 'finish' }
  | { readonly kind: 'wait'; readonly afterMs: number; readonly reason: string }
  | { readonly kind: 'bury'; readonly reason: string; readonly stack: string | undefined }
  | { readonly kind: 'pause'; readonly reason: string; readonly cause: unknown };

/** When trying again ends. */
export interface RetryPolicy {
  readonly backoff: Backoff;
  /** After so many attempts, a handler that throws what nobody had foreseen has made a dead letter. */
  readonly attemptsMax: number;
}

/** What a handler answered, as a verdict. Node runs programs whose types nobody has checked: one may forget to answer. */
export function verdictOfAnswer(answer: unknown): Verdict {
  if (isOutcome(answer)) return answer;
  const reason = `the handler answered ${inspect(answer)}, which is no outcome: it answers done, retry or deadLetter`;
  return { kind: 'failed', reason, stack: undefined };
}

function isOutcome(answer: unknown): answer is Outcome {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer)) return false;
  if (answer.kind === 'done') return true;
  if (!('reason' in answer) || typeof answer.reason !== 'string') return false;
  return answer.kind === 'deadLetter' || (answer.kind === 'retry' && 'afterMs' in answer && isTime(answer.afterMs));
}

/** Neither NaN nor Infinity, nor a time that no database reckons with. */
function isTime(ms: unknown): boolean {
  return typeof ms === 'number' && Math.abs(ms) <= Number.MAX_SAFE_INTEGER;
}

/** What was thrown, as a verdict. */
export function verdictOfError(error: unknown): Verdict {
  if (isInfrastructure(error)) return { kind: 'infrastructure', reason: messageOf(error), cause: error };
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof UndecodableEvent) return { kind: 'deadLetter', reason: error.message, stack };
  const code = codeOf(error);
  const message = messageOf(error);
  return {
    kind: 'failed',
    reason: code === undefined || message.includes(code) ? message : `[${code}] ${message}`,
    stack,
  };
}

function isInfrastructure(error: unknown): boolean {
  if (error instanceof InfrastructureFault || error instanceof StoreUnavailable) return true;
  if (error instanceof StoreOverloaded || error instanceof QueueFull) return true;
  return isDatabaseAway(error);
}

/** What follows an attempt. `attempt` counts from 1 and includes the one that ended. */
export function stepAfter(verdict: Verdict, attempt: number, policy: RetryPolicy): AttemptStep {
  switch (verdict.kind) {
    case 'done':
      return { kind: 'finish' };
    case 'retry':
      // Whoever asks for a retry knows why it is worth it: such work is tried until it is done, and visible meanwhile.
      return {
        kind: 'wait',
        afterMs: Math.max(verdict.afterMs, backoffMs(policy.backoff, attempt)),
        reason: verdict.reason,
      };
    case 'failed':
      return attempt >= policy.attemptsMax
        ? { kind: 'bury', reason: `${verdict.reason} (${attempt} attempts)`, stack: verdict.stack }
        : { kind: 'wait', afterMs: backoffMs(policy.backoff, attempt), reason: verdict.reason };
    case 'deadLetter':
      return { kind: 'bury', reason: verdict.reason, stack: 'stack' in verdict ? verdict.stack : undefined };
    case 'infrastructure':
      return { kind: 'pause', reason: verdict.reason, cause: verdict.cause };
  }
}
