/** What the store and the read model throw, as problems for callers. Anything else is a bug and passes through. */
import { type UndecodableCode, UndecodableEvent } from '@eventstream/contracts';
import { StoreOverloaded, StoreUnavailable, UnknownLog } from '@eventstream/event-store';
import { TooManyRaces } from '@eventstream/orders';
import { kitProblems, Problem } from '@eventstream/service-kit';
import { orderProblems } from './problems.ts';

/** What an explanation has to know. */
export interface FaultExplainerOptions {
  /** Knows the errors of the read model's driver. */
  readonly isDatabaseAway: (error: unknown) => boolean;
  /** What a caller does who cannot know whether a write was done, such as `ask again`. */
  readonly whenUnknown: string;
}

/** Says which problem a thrown error stands for, or undefined. */
export function faultExplainer(options: FaultExplainerOptions): (error: unknown) => Problem | undefined {
  const { isDatabaseAway, whenUnknown } = options;
  return (cause) => explainStoreFault(cause, whenUnknown) ?? (isDatabaseAway(cause) ? databaseAway(cause) : undefined);
}

function explainStoreFault(cause: unknown, whenUnknown: string): Problem | undefined {
  const comeBack = { retryAfterSeconds: 1, cause };
  if (cause instanceof StoreOverloaded || cause instanceof TooManyRaces)
    return new Problem(
      kitProblems.overloaded,
      'the event store has as much work as it takes; nothing was done',
      comeBack,
    );
  if (cause instanceof StoreUnavailable)
    return new Problem(
      kitProblems.dependencyUnavailable,
      cause.asked === 'read'
        ? 'the event store did not answer; nothing was changed, ask again'
        : `the event store did not answer, so it is unknown whether this was done; ${whenUnknown}`,
      comeBack,
    );
  if (cause instanceof UndecodableEvent)
    return new Problem(orderProblems.orderUnreadable, unreadableUntil[cause.code], { retryAfterSeconds: 60, cause });
  return cause instanceof UnknownLog
    ? new Problem(kitProblems.dependencyUnavailable, 'the event store has no log for orders yet', comeBack)
    : undefined;
}

const unreadableUntil: Readonly<Record<UndecodableCode, string>> = {
  contracts_unknown_event: 'nothing is lost, and it can be read once a version that knows it is deployed',
  contracts_malformed_event:
    'one of its events is damaged, and the order cannot be read until somebody has looked at it',
};

function databaseAway(cause: unknown): Problem {
  return new Problem(kitProblems.dependencyUnavailable, 'the read model’s database does not answer', {
    retryAfterSeconds: 1,
    cause,
  });
}

/** Whether the event store did not answer, which is what its circuit breaker counts. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof StoreUnavailable;
}
