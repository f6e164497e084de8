/** One span around an operation, in the caller's trace; what is called inside belongs to it. */
import { withSpan } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { isProblem } from '../problem.ts';

/** Traces an operation under a name such as `order.place`. */
export function tracing(operation: string): Middleware {
  return (next) => (request, context) =>
    withSpan(operation, { kind: 'server', parent: context.traceparent }, async (span) => {
      span.setAttribute('request.id', context.requestId);
      const answer = await next(request, context);
      if (isProblem(answer)) span.setAttribute('problem', answer.type.slug);
      return answer;
    });
}
