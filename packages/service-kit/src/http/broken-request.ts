/** Answers what never became a request: bytes that are not HTTP, headers too large, a client that stopped sending. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newId } from '@eventstream/platform';
import { kitProblems, Problem, problemJson } from '../problem.ts';

/** Sends the problem on the bare connection, and closes it: nobody knows where the next request would begin. */
export function answerBrokenRequest(error: { readonly code?: string | undefined }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOfCode(error.code);
  const body = JSON.stringify(problemJson(problem, newId()));
  const { status } = problem.type;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOfCode(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(kitProblems.headersTooLarge, 'the headers are larger than this server reads');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(kitProblems.requestTooSlow, 'the request did not arrive in time');
    default:
      return new Problem(kitProblems.malformedRequest, 'this is not HTTP/1.1');
  }
}
