/** The two ends of a route: what is known about the call, and the endpoint's answer as an HTTP answer. */
import type { Logger } from '@eventstream/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../endpoint.ts';
import { isProblem, type Problem } from '../problem.ts';
import { answerProblem } from './problem-reply.ts';

/** What is known about an HTTP call beside its request. There are no credentials yet, so nobody is proved. */
export function callContext(
  request: {
    readonly id: string;
    readonly ip: string;
    readonly log: Logger;
    readonly headers: FastifyRequest['headers'];
  },
  reply: FastifyReply,
): CallContext {
  const { traceparent } = request.headers;
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the caller has gone'));
  });
  return {
    requestId: request.id,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    principal: undefined,
    caller: request.ip,
    signal: gone.signal,
    logger: request.log,
  };
}

/** Sends what the endpoint answered: a problem as such, anything else as `encode` says. */
export function answer<Response>(
  reply: FastifyReply,
  response: Response | Problem,
  encode: (response: Response) => unknown,
): unknown {
  return isProblem(response) ? answerProblem(reply, reply.request.id, response) : encode(response);
}
