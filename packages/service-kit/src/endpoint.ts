/**
 * The middle of three layers: a service holds the business, an endpoint is one of its operations as a function, a
 * transport decodes a request, calls the endpoint and encodes the answer. Whatever is true of every operation (traces,
 * limits, timeouts) is middleware around endpoints, written once for all transports. The idea is Go kit's.
 */
import type { Logger } from '@eventstream/platform';
import type { Problem } from './problem.ts';

/** What is known about a call beside its request. */
export interface CallContext {
  /** Names this call in logs and answers; the caller's own id when it sent a usable one. */
  readonly requestId: string;
  /** W3C trace context that the caller sent. */
  readonly traceparent: string | undefined;
  /** Who is calling, when that was proved; undefined while there are no credentials. */
  readonly principal: string | undefined;
  /** Whom limits are counted against: the principal, or else the address the call came from. */
  readonly caller: string;
  /** Aborts when nobody waits for the answer any more: the caller left, or the time is up. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** One operation. An expected "no" is a `Problem`, answered and not thrown; what is thrown is a fault or a bug. */
export type Endpoint<Request, Response> = (request: Request, context: CallContext) => Promise<Response | Problem>;

/** Something that is true around any endpoint. */
export type Middleware = <Request, Response>(next: Endpoint<Request, Response>) => Endpoint<Request, Response>;

/** Several middlewares as one; the first is the outermost. */
export function chain(...middlewares: readonly Middleware[]): Middleware {
  return (endpoint) => middlewares.reduceRight((inner, middleware) => middleware(inner), endpoint);
}
