/** How often an operation is called, how it ends, and how long it takes. */
import { histogram } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { isProblem } from '../problem.ts';

const seconds = histogram(
  'endpoint_seconds',
  'Time from decoded request to answer; outcome is ok, the slug of a problem, or error',
  ['operation', 'outcome'],
);

/** Measures an operation under a name such as `order.place`. */
export function metrics(operation: string): Middleware {
  return (next) => async (request, context) => {
    const startedMs = performance.now();
    let outcome = 'error';
    try {
      const answer = await next(request, context);
      outcome = isProblem(answer) ? answer.type.slug : 'ok';
      return answer;
    } finally {
      seconds.observe({ operation, outcome }, (performance.now() - startedMs) / 1000);
    }
  };
}
