/** Problems as HTTP answers, and errors of the HTTP layer as problems. */
import { messageOf } from '@eventstream/platform';
import type { FastifyReply } from 'fastify';
import { fieldFault, invalidRequest, type SchemaFault } from '../check-shape.ts';
import { type FieldFault, kitProblems, Problem, problemJson } from '../problem.ts';
import { UnreadableBody } from './exact-json.ts';

/** Sends a problem with its status, its Retry-After and its JSON. */
export function answerProblem(reply: FastifyReply, requestId: string, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds));
  return reply
    .code(problem.type.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .serializer((json: unknown) => JSON.stringify(json)) // a route's own response schema must not judge it
    .send(problemJson(problem, requestId));
}

/** The problem that something thrown below the endpoints stands for. What is not the caller's fault tells no details. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof UnreadableBody) return error.problem;
  const { validation, validationContext, statusCode } = asHttpError(error);
  const first = validation?.[0];
  if (first !== undefined) return invalidRequest(fieldFault(placeOf(validationContext), first));
  switch (statusCode) {
    case 413:
      return wholeBody(kitProblems.bodyTooLarge, 'the body is too large');
    case 415:
      return wholeBody(kitProblems.unsupportedMediaType, 'send application/json, and say so in Content-Type');
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new Problem(kitProblems.malformedRequest, messageOf(error), { cause: error })
        : new Problem(kitProblems.internalError, 'the fault is on our side and was logged', { cause: error });
  }
}

function wholeBody(type: Problem['type'], detail: string): Problem {
  return new Problem(type, detail, { faults: [{ in: 'body', pointer: '', detail }] });
}

interface HttpError {
  readonly validation?: readonly SchemaFault[];
  readonly validationContext?: unknown;
  readonly statusCode?: number;
}

/** What Fastify puts on its errors, checked instead of believed: anything can be thrown. */
function asHttpError(error: unknown): HttpError {
  if (!(error instanceof Error)) return {};
  const validation =
    'validation' in error && Array.isArray(error.validation) ? error.validation.filter(isSchemaFault) : [];
  return {
    ...(validation.length === 0 ? {} : { validation }),
    ...('validationContext' in error ? { validationContext: error.validationContext } : {}),
    ...('statusCode' in error && typeof error.statusCode === 'number' ? { statusCode: error.statusCode } : {}),
  };
}

function isSchemaFault(value: unknown): value is SchemaFault {
  return (
    typeof value === 'object' && value !== null && 'instancePath' in value && typeof value.instancePath === 'string'
  );
}

function placeOf(validationContext: unknown): FieldFault['in'] {
  switch (validationContext) {
    case 'params':
      return 'path';
    case 'querystring':
      return 'query';
    case 'headers':
      return 'header';
    default:
      return 'body';
  }
}
