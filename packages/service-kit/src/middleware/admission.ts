/**
 * A door refuses at once what would only wait. Without one a flood is queued until everybody's time is up, and nobody
 * is served. It bounds how many calls are inside, and with that memory; where a queue is given, it also holds a
 * standing queue as short as the time that a call may wait.
 */
import { counter, gauge, histogram } from '@eventstream/platform';
import type { Middleware } from '../endpoint.ts';
import { isProblem, kitProblems, Problem } from '../problem.ts';
import { StandingQueue, type StandingQueueOptions } from './standing-queue.ts';

const inFlightGauge = gauge('admission_in_flight', 'Calls admitted and not yet answered', ['door']);
const limitGauge = gauge('admission_limit', 'Calls that may be inside while the queue stands', ['door']);
/** For every door of a service, including doors of its own making. */
export const refusedCalls = counter('admission_refused_total', 'Calls refused at the door, by reason', [
  'door',
  'reason',
]);
const waitSeconds = histogram('admission_wait_seconds', 'Time that admitted calls spent inside', ['door']);

/** How many are let in. */
export interface AdmissionOptions {
  /** Name in metrics and messages, such as `writes`. */
  readonly door: string;
  /** Never more than these. */
  readonly maxInFlight: number;
  /** What the refused are told. */
  readonly retryAfterSeconds: number;
  /** How long they may wait; absent: as long as it takes. */
  readonly queue?: StandingQueueOptions;
  /** Milliseconds of a clock that never goes back. Default: the process's own. */
  readonly nowMs?: () => number;
}

/** One door, for endpoints and for transports that can refuse before they have read a call. */
export interface Door {
  /** Lets calls in, or refuses. Endpoints wrapped by the same door share it. */
  readonly admit: Middleware;
  /** Refuses as `admit` would now, and counts that; undefined when the next call would be let in. */
  readonly refuse: () => Problem | undefined;
}

/** A door that is open until too many are inside, or wait too long. */
export function admission(options: AdmissionOptions): Door {
  const { door, maxInFlight, nowMs = () => performance.now() } = options;
  const queue = new StandingQueue(options.queue ?? anyWait);
  const shown = {
    inFlight: inFlightGauge.labels(door),
    limit: limitGauge.labels(door),
    wait: waitSeconds.labels(door),
  };
  const refusal = (reason: 'full' | 'waiting', detail: string): (() => Problem) => {
    const refused = refusedCalls.labels(door, reason);
    // The same one for everybody: refusing must cost less than serving, above all when most are refused.
    const problem = new Problem(kitProblems.overloaded, `${detail}; nothing was done`, options);
    return () => {
      refused.inc();
      return problem;
    };
  };
  const full = refusal('full', `${maxInFlight} ${door} are under way`);
  const waiting = refusal('waiting', `more ${door} arrive than are answered in time`);

  const refuse = (): Problem | undefined => {
    if (queue.inside >= maxInFlight) return full();
    return queue.stands(nowMs()) ? waiting() : undefined;
  };
  const admit: Middleware = (next) => async (request, context) => {
    const refused = refuse();
    if (refused !== undefined) return refused;
    const enteredMs = nowMs();
    let worked = false;
    queue.enter(enteredMs);
    shown.inFlight.set(queue.inside);
    try {
      const answer = await next(request, context);
      worked = !isProblem(answer);
      return answer;
    } finally {
      const leftMs = nowMs();
      queue.leave({ enteredMs, nowMs: leftMs, worked });
      shown.inFlight.set(queue.inside);
      shown.limit.set(Math.min(maxInFlight, queue.limit(leftMs)));
      shown.wait.observe((leftMs - enteredMs) / 1000);
    }
  };
  return { admit, refuse };
}

const anyWait: StandingQueueOptions = { waitMs: Number.MAX_SAFE_INTEGER, burst: Number.MAX_SAFE_INTEGER, always: 1 };
