/** One span around an operation, in the caller's trace; what is called inside belongs to it. */
import { withSpan } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { isProblem } from '../problem.ts';

/** Whether an operation begins a trace of its own, or is traced only as part of its caller's. */
export interface TracingOptions {
  /** False for reads: they would take the places of orders under the cap. Default true. */
  readonly begins?: boolean;
}

/** Traces an operation under a name such as `order.place`. */
export function tracing(operation: string, { begins = true }: TracingOptions = {}): Middleware {
  return (next) => (request, context) =>
    withSpan(operation, { kind: 'server', parent: context.traceparent, begins }, async (span) => {
      span.setAttribute('request.id', context.requestId);
      const answer = await next(request, context);
      if (isProblem(answer)) span.setAttribute('problem', answer.type.slug);
      return answer;
    });
}
