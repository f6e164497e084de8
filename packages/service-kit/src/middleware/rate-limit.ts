/**
 * So many calls a second for each caller, with some in reserve for bursts: a token bucket (Turner 1986), kept per
 * caller and filled by the time that has passed, so that an idle caller costs nothing.
 */
import type { Clock } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { kitProblems, Problem } from '../problem.ts';

/** How much each caller may do. */
export interface RateLimitOptions {
  readonly perSecond: number;
  /** Calls that a caller who was idle may make at once. */
  readonly burst: number;
  /** Callers remembered; the one not seen for longest is forgotten first, and starts again with a full bucket. */
  readonly callersMax: number;
  readonly clock: Clock;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Refuses a caller who asks too often. Endpoints wrapped by the same middleware share its buckets. */
export function rateLimit(options: RateLimitOptions): Middleware {
  const buckets = new Map<string, Bucket>();

  /** Takes one token; answers 0, or how many seconds from now there will be one. */
  function take(caller: string): number {
    const nowMs = options.clock.nowMs();
    const bucket = buckets.get(caller) ?? { tokens: options.burst, filledAtMs: nowMs };
    buckets.delete(caller); // a map keeps the order of insertion: the last one seen goes to its end
    if (buckets.size >= options.callersMax)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest);
        break;
      }
    buckets.set(caller, bucket);
    const passedMs = Math.max(0, nowMs - bucket.filledAtMs); // a clock may be set back
    bucket.tokens = Math.min(options.burst, bucket.tokens + (passedMs / 1000) * options.perSecond);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return (1 - bucket.tokens) / options.perSecond;
    bucket.tokens -= 1;
    return 0;
  }

  return (next) => async (request, context) => {
    const waitSeconds = take(context.caller);
    if (waitSeconds === 0) return next(request, context);
    return new Problem(
      kitProblems.rateLimited,
      `at most ${options.perSecond} requests a second are taken from one caller`,
      {
        retryAfterSeconds: Math.ceil(waitSeconds),
      },
    );
  };
}
