/** What the store and the read model throw, as problems for callers. Anything else is a bug and passes through. */
import { StoreOverloaded, StoreUnavailable, UnknownLog } from '@eventstream/event-store';
import { codeOf } from '@eventstream/platform';
import { faultOf } from '@eventstream/platform/sql';
import { kitProblems, Problem } from '@eventstream/service-kit';

/** The problem that a thrown error stands for, or undefined. */
export function explainFault(cause: unknown): Problem | undefined {
  const comeBack = { retryAfterSeconds: 1, cause };
  if (cause instanceof StoreOverloaded || codeOf(cause) === 'orders/too-many-races')
    return new Problem(
      kitProblems.overloaded,
      'the event store has as much work as it takes; nothing was done',
      comeBack,
    );
  if (cause instanceof StoreUnavailable)
    return new Problem(
      kitProblems.dependencyUnavailable,
      'the event store did not answer, so it is unknown whether this was done; ask again with the same Idempotency-Key',
      comeBack,
    );
  if (cause instanceof UnknownLog)
    return new Problem(kitProblems.dependencyUnavailable, 'the event store has no log for orders yet', comeBack);
  return isDatabaseAway(cause)
    ? new Problem(kitProblems.dependencyUnavailable, 'the read model’s database does not answer', comeBack)
    : undefined;
}

/** Whether the event store did not answer, which is what its circuit breaker counts. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof StoreUnavailable;
}

function isDatabaseAway(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === 'retry' || fault === 'ambiguous' || fault === 'unavailable';
}
