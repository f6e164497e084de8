/**
 * Refuses a request when nothing but its head has been read: no route, no body, no headers that only an answer has. Under
 * overload most requests are refused, and each microsecond of that is taken from those that are served. The connection
 * stays, because a client that is told to come back should not have to make a new one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { counter } from '@eventstream/platform';
import { type Problem, problemJson } from '../problem.ts';

/** Decides on a request by its method, its address and its headers; undefined: it goes on to its route. */
export type RefuseEarly = (request: IncomingMessage) => Problem | undefined;

/**
 * Counts every request, also one that never gets as far as an endpoint. Its values are bounded, because a route is
 * counted by its pattern.
 */
export const answeredRequests = counter('http_requests_total', 'HTTP requests answered, by route pattern and status', [
  'method',
  'route',
  'code',
]);

/** The bytes of a problem on both sides of the request's id. */
interface Prepared {
  readonly before: string;
  readonly after: string;
  readonly status: number;
  readonly retryAfter: string;
}

const prepared = new WeakMap<Problem, Prepared>();
/** Never in a sentence of ours, so it marks the place of the id. */
const idGoesHere = '\u0000';

/** Sends the problem: the same answer as a route's, from a text that is prepared once for each problem. */
export function answerEarly(response: ServerResponse, requestId: string, problem: Problem): void {
  const { before, after, status, retryAfter } = prepare(problem);
  const body = before + requestId + after;
  response.writeHead(status, [
    'content-type',
    'application/problem+json',
    'content-length',
    String(Buffer.byteLength(body)),
    'retry-after',
    retryAfter,
    'cache-control',
    'no-store',
    'x-request-id',
    requestId,
    'x-content-type-options',
    'nosniff',
  ]);
  response.end(body);
  answeredRequests.inc({ method: 'POST', route: 'none', code: status });
}

function prepare(problem: Problem): Prepared {
  const known = prepared.get(problem);
  if (known !== undefined) return known;
  const [before = '', after = ''] = JSON.stringify(problemJson(problem, idGoesHere)).split(JSON.stringify(idGoesHere));
  const fresh = {
    before: `${before}"`,
    after: `"${after}`,
    status: problem.type.status,
    retryAfter: String(problem.retryAfterSeconds ?? 1),
  };
  prepared.set(problem, fresh);
  return fresh;
}
