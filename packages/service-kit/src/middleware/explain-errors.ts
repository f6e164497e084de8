/** Turns what dependencies throw into problems, so that callers learn what to do; bugs pass through. */
import type { Middleware } from '../endpoint.ts';
import type { Problem } from '../problem.ts';

/** `explain` answers the problem an error stands for, or undefined when it is none: then it is thrown on. */
export function explainErrors(explain: (error: unknown) => Problem | undefined): Middleware {
  return (next) => async (request, context) => {
    try {
      return await next(request, context);
    } catch (error) {
      const problem = explain(error);
      if (problem === undefined) throw error;
      return problem;
    }
  };
}
