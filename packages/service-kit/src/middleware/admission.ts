/**
 * Bounded concurrency: so many calls at once, and the next one is told at once to come back. Without it, a flood is
 * queued until everybody's time is up, and nobody is served.
 */
import { gauge } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { kitProblems, Problem } from '../problem.ts';

const inFlightGauge = gauge('admission_in_flight', 'Calls admitted and not yet answered', ['door']);

/** How many are let in. */
export interface AdmissionOptions {
  /** Name in metrics and messages, such as `writes`. */
  readonly door: string;
  readonly maxInFlight: number;
  /** What the refused are told. */
  readonly retryAfterSeconds: number;
}

/** Refuses what is beyond the bound. Endpoints wrapped by the same middleware share it. */
export function admission(options: AdmissionOptions): Middleware {
  let inFlight = 0;
  const shown = inFlightGauge.labels(options.door);
  return (next) => async (request, context) => {
    if (inFlight >= options.maxInFlight)
      return new Problem(kitProblems.overloaded, `${inFlight} ${options.door} are under way; nothing was done`, {
        retryAfterSeconds: options.retryAfterSeconds,
      });
    inFlight += 1;
    shown.set(inFlight);
    try {
      return await next(request, context);
    } finally {
      inFlight -= 1;
      shown.set(inFlight);
    }
  };
}
