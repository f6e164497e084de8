/** What went wrong behind a route, as a sentence with what to do: the console is looked at most when something does not answer. */
import { StoreUnavailable, UnknownLog } from '@eventstream/event-store';
import { codeOf } from '@eventstream/platform';
import { isDatabaseAway } from '@eventstream/platform/sql';
import { invalidRequest, kitProblems, Problem } from '@eventstream/service-kit';

const busyCodes: ReadonlySet<string> = new Set(['console_busy', 'sql_pool_exhausted']);

/** The problem that an error stands for; undefined when it is nobody's but ours. */
export function problemOfFault(error: unknown): Problem | undefined {
  if (busyCodes.has(codeOf(error) ?? ''))
    return new Problem(
      kitProblems.overloaded,
      'the console asks as much as it may: try again in a second, with fewer pages open',
      {
        cause: error,
        retryAfterSeconds: 1,
      },
    );
  if (codeOf(error) === 'cursor_unknown')
    return invalidRequest({ in: 'query', pointer: '/cursor', detail: 'is no cursor of ours' });
  if (error instanceof StoreUnavailable)
    return away(error, 'the event store does not answer: see on the floor whether eventstoresvc runs');
  if (error instanceof UnknownLog) return away(error, `${error.message}: ${error.nextStep ?? ''}`);
  if (isDatabaseAway(error))
    return away(
      error,
      'the database does not answer: see on the floor whether PostgreSQL runs; the page goes on by itself',
    );
  return undefined;
}

function away(cause: unknown, detail: string): Problem {
  return new Problem(kitProblems.dependencyUnavailable, detail, { cause, retryAfterSeconds: 2 });
}
