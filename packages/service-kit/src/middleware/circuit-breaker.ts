/**
 * When something we depend on has stopped answering, callers are told at once instead of queueing up behind it, and it
 * is asked again one call at a time until it answers. The state machine is cockatiel's.
 */
import { gauge, type Logger } from '@eventstream/platform';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker as cockatielBreaker,
  handleWhen,
  SamplingBreaker,
} from 'cockatiel';
import type { Middleware } from '../endpoint.ts';
import { kitProblems, Problem } from '../problem.ts';

const openGauge = gauge('circuit_open', '1 while calls to a dependency are refused at once', ['dependency']);

/** When the circuit opens, and for how long. */
export interface CircuitBreakerOptions {
  /** Name in logs, metrics and answers, such as `event store`. */
  readonly dependency: string;
  /** Which of the errors thrown mean that the dependency does not answer; others pass through and count as answers. */
  readonly isFailure: (error: unknown) => boolean;
  /** How long it stays open before one call tries again. */
  readonly openMs: number;
  readonly logger: Logger;
}

/** The share of failing calls, and over which time, that opens the circuit; one failed batch among many does not. */
const failureShare = 0.5;
const sampleMs = 5_000;
/** Below this rate nothing is concluded from failures. */
const minimumPerSecond = 1;

/** Refuses calls while the dependency does not answer. Endpoints wrapped by the same middleware share one circuit. */
export function circuitBreaker(options: CircuitBreakerOptions): Middleware {
  const circuit = currentCircuit(options);
  return (next) => async (request, context) => {
    try {
      return await circuit().execute(() => next(request, context));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      return new Problem(
        kitProblems.dependencyUnavailable,
        `the ${options.dependency} does not answer; nothing was done`,
        {
          retryAfterSeconds: Math.ceil(options.openMs / 1000),
        },
      );
    }
  };
}

/**
 * Makes the circuit anew after the machine's clock was set back: cockatiel goes by that clock, and would keep a circuit
 * open for as long as the jump.
 */
function currentCircuit(options: CircuitBreakerOptions): () => CircuitBreakerPolicy {
  let asOfMs = Date.now();
  let policy = newCircuit(options);
  return () => {
    const nowMs = Date.now();
    if (nowMs < asOfMs - options.openMs) policy = newCircuit(options);
    asOfMs = nowMs;
    return policy;
  };
}

function newCircuit(options: CircuitBreakerOptions): CircuitBreakerPolicy {
  const policy = cockatielBreaker(handleWhen(options.isFailure), {
    halfOpenAfter: options.openMs,
    breaker: new SamplingBreaker({ threshold: failureShare, duration: sampleMs, minimumRps: minimumPerSecond }),
  });
  reportState(policy, options);
  return policy;
}

function reportState(policy: CircuitBreakerPolicy, options: CircuitBreakerOptions): void {
  const { dependency, logger } = options;
  const shown = openGauge.labels(dependency);
  shown.set(0);
  policy.onStateChange((state) => {
    shown.set(state === CircuitState.Closed ? 0 : 1);
    if (state === CircuitState.Open) logger.warn({ dependency }, 'does not answer: calls are refused for a moment');
    if (state === CircuitState.Closed) logger.info({ dependency }, 'answers again');
  });
}
