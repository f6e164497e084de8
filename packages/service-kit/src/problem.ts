/**
 * Problem details (RFC 9457): an expected "no" as a value that every transport can tell. A type is defined once, with
 * its status and its page in `docs/problems/`; a problem is one occurrence of it.
 */

/** A kind of problem. */
export interface ProblemType {
  /** Stable name; clients test it, and `docs/problems/<slug>.md` explains it. */
  readonly slug: string;
  /** The same sentence for every occurrence. */
  readonly title: string;
  /** HTTP status; other transports derive theirs from it. */
  readonly status: number;
}

/** One thing wrong with a request: where, and what. */
export interface FieldFault {
  readonly in: 'body' | 'path' | 'query' | 'header';
  /** JSON pointer (RFC 6901) to the field, such as `/order_items/0/quantity`; empty for the whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** What an occurrence may carry beside its sentence. */
export interface ProblemOptions {
  /** The fields at fault. */
  readonly faults?: readonly FieldFault[];
  /** When the same request may be made again, in seconds. */
  readonly retryAfterSeconds?: number;
  /** What led to it. For the log; never sent. */
  readonly cause?: unknown;
}

/** One occurrence of a problem. Its detail is for people and holds nothing that the caller may not know. */
export class Problem {
  readonly type: ProblemType;
  readonly detail: string;
  readonly faults: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;
  readonly cause: unknown;

  constructor(type: ProblemType, detail: string, options: ProblemOptions = {}) {
    this.type = type;
    this.detail = detail;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.cause = options.cause;
  }
}

/** Whether an answer is a "no". */
export function isProblem(answer: unknown): answer is Problem {
  return answer instanceof Problem;
}

/** Problem types under the names the code uses for them; each slug is its name, spelt with dashes. */
export function defineProblems<Name extends string>(
  types: Readonly<Record<Name, readonly [status: number, title: string]>>,
): Readonly<Record<Name, ProblemType>>;
export function defineProblems(
  types: Readonly<Record<string, readonly [status: number, title: string]>>,
): Readonly<Record<string, ProblemType>> {
  return Object.fromEntries(
    Object.entries(types).map(([name, [status, title]]) => [name, { slug: slugOf(name), title, status }]),
  );
}

function slugOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The problems that any service can have. */
export const kitProblems = defineProblems({
  malformedRequest: [400, 'The request cannot be read'],
  invalidRequest: [400, 'The request does not have the shape this operation takes'],
  foreignRequest: [403, 'The request comes from another page, or by another name'],
  noSuchResource: [404, 'There is nothing at this address'],
  requestTooSlow: [408, 'The request did not arrive in time'],
  bodyTooLarge: [413, 'The body is larger than this operation takes'],
  unsupportedMediaType: [415, 'The body is not in a format this operation takes'],
  rateLimited: [429, 'Too many requests from this caller'],
  headersTooLarge: [431, 'The headers are larger than this server reads'],
  internalError: [500, 'The service failed'],
  overloaded: [503, 'The service has as much work as it takes'],
  timeIsUp: [503, 'No answer was found in time'],
  dependencyUnavailable: [503, 'Something this service needs does not answer'],
});

/** A problem as the JSON that RFC 9457 describes; `code` and `errors` are ours. */
export interface ProblemJson {
  /** Reference to the type's page, relative to the server that answered. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The type's slug. */
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldFault[];
}

/** Where the type's page is, below the server's address and below `docs/`. */
function pagePathOf(type: ProblemType): string {
  return `/problems/${type.slug}`;
}

/** The problem as it is sent. */
export function problemJson(problem: Problem, requestId: string): ProblemJson {
  return {
    type: pagePathOf(problem.type),
    title: problem.type.title,
    status: problem.type.status,
    detail: problem.detail,
    code: problem.type.slug,
    request_id: requestId,
    ...(problem.faults.length === 0 ? {} : { errors: problem.faults }),
  };
}
