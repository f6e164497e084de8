/**
 * One line for each call that somebody may want to look at. Success is the common case and costs a line only at level
 * debug; a "no" is information; a "no" that is our side's fault is a warning; what was thrown is logged by the
 * transport, which turns it into an answer. Work that was shed is like success: metrics count it, and a flood of
 * requests must not become a flood of lines.
 */
import type { Middleware } from '../endpoint.ts';
import { isProblem, kitProblems, type ProblemType } from '../problem.ts';

const shed: ReadonlySet<ProblemType> = new Set([kitProblems.overloaded, kitProblems.rateLimited]);

/** Logs an operation under a name such as `order.place`. */
export function logging(operation: string): Middleware {
  return (next) => async (request, context) => {
    const startedMs = performance.now();
    const answer = await next(request, context);
    const { logger, caller, requestId } = context;
    const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
    if (!isProblem(answer)) {
      logger.debug({ operation, requestId, caller, durationMs }, 'answered');
      return answer;
    }
    const line = { operation, requestId, caller, durationMs, problem: answer.type.slug, detail: answer.detail };
    if (shed.has(answer.type)) logger.debug(line, 'shed');
    else if (answer.type.status >= 500) logger.warn({ ...line, err: answer.cause }, 'could not be done');
    else logger.info(line, 'refused');
    return answer;
  };
}
