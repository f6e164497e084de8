/** Service, endpoint, transport: one operation as a function, and what is true around every operation. */
export { invalidRequest, shapeOf } from './check-shape.ts';
export { type CallContext, chain, type Endpoint, type Middleware } from './endpoint.ts';
export { type AdmissionOptions, admission, type Door, refusedCalls } from './middleware/admission.ts';
export { type CircuitBreakerOptions, circuitBreaker } from './middleware/circuit-breaker.ts';
export { explainErrors } from './middleware/explain-errors.ts';
export { logging } from './middleware/logging.ts';
export { metrics } from './middleware/metrics.ts';
export { type RateLimitOptions, rateLimit } from './middleware/rate-limit.ts';
export { type TimeoutOptions, timeout } from './middleware/timeout.ts';
export { type TracingOptions, tracing } from './middleware/tracing.ts';
export { printablePattern, printableWords } from './printable.ts';
export {
  defineProblems,
  type FieldFault,
  isProblem,
  kitProblems,
  Problem,
  type ProblemJson,
  type ProblemOptions,
  type ProblemType,
  problemJson,
} from './problem.ts';
