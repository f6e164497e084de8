/** Nobody waits for ever: after the limit the caller gets an answer, and whoever looks at the signal stops working. */
import type { CallContext, Middleware } from '../endpoint.ts';
import { kitProblems, Problem } from '../problem.ts';

/** How long an operation may take. */
export interface TimeoutOptions {
  readonly limitMs: number;
  readonly retryAfterSeconds: number;
}

/** Answers a problem when the limit is over. What was begun may still happen: its outcome is unknown to the caller. */
export function timeout(options: TimeoutOptions): Middleware {
  const timeIsUp = (): Problem =>
    new Problem(
      kitProblems.timeIsUp,
      `no answer within ${options.limitMs} ms; what was asked for may still happen, so ask again in the same words`,
      { retryAfterSeconds: options.retryAfterSeconds },
    );
  return (next) => (request, context) =>
    new Promise((resolve, reject) => {
      const limited = limit(context, options.limitMs, () => resolve(timeIsUp()));
      // Settling twice is harmless: whatever comes after the time is up is dropped here.
      next(request, limited.context).then(resolve, reject).finally(limited.release);
    });
}

/** The context with a signal that aborts with the caller's, and once the time is up. */
function limit(
  context: CallContext,
  limitMs: number,
  onTimeUp: () => void,
): { context: CallContext; release: () => void } {
  const controller = new AbortController();
  const follow = (): void => controller.abort(context.signal.reason);
  if (context.signal.aborted) follow();
  context.signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${limitMs} ms`));
    onTimeUp();
  }, limitMs);
  return {
    context: { ...context, signal: controller.signal },
    release: () => {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', follow);
    },
  };
}
