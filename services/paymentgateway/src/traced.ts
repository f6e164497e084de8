/** A call's span in its caller's trace. A call without a trace begins none: the gateway's own traces would tell nothing. */
import { withSpan } from '@eventstream/platform';
import type { FastifyRequest } from 'fastify';

/** Runs a call under a name such as `payment debit`. */
export function traced<T>(name: string, request: FastifyRequest, run: () => Promise<T>): Promise<T> {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' ? withSpan(name, { kind: 'server', parent: traceparent }, run) : run();
}
