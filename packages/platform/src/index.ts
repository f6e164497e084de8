/** What every process needs and no domain knows: time, ids, batching, errors, loggers, settings, traces, numbers, a life. */
export { type About, ownVersion } from './about.ts';
export { type Backoff, backoffMs } from './backoff.ts';
export { Batcher, type BatcherOptions, QueueFull, Rejected } from './batcher.ts';
export { type Clock, systemClock } from './clock.ts';
export { CodedError, type CodedErrorOptions, codeOf, messageOf } from './coded-error.ts';
export { type CommonSettings, commonSettings, isLoopback, traceTarget } from './common-settings.ts';
export { armFailpoints, failpoint } from './failpoints.ts';
export { createHealthApp, type HealthServer, type HealthServerOptions, startHealthServer } from './health-server.ts';
export { derivedId, idOf, newId } from './ids.ts';
export { type FoundLease, leaseRuns } from './lease.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels, withoutPassword } from './logger.ts';
export {
  countBuckets,
  counter,
  eventLoopEveryMs,
  gauge,
  histogram,
  metrics,
  secondsBuckets,
  startProcessMetrics,
} from './metrics.ts';
export { labelsOf, readSamples, type Sample } from './metrics-text.ts';
export type { Part, Readiness, Ready } from './part.ts';
export { PassingMap } from './passing-map.ts';
export { portTaken } from './port-taken.ts';
export { type ProcessDefinition, runProcess, type Surroundings } from './process.ts';
export type { SamplingOptions } from './sampling.ts';
export { Duration, parseDurationMs, Secret, Url } from './setting-types.ts';
export {
  describeSettings,
  type Environment,
  readSettings,
  type SettingDescription,
  type SettingFault,
  SettingsError,
  type ShownSetting,
} from './settings.ts';
export {
  currentTraceparent,
  failSpan,
  isKept,
  isTracing,
  joinTrace,
  type Recording,
  type Span,
  type SpanOptions,
  setRecording,
  startSpan,
  traceparentOf,
  withParent,
  withSpan,
} from './trace.ts';
export { startTracing, type TraceTarget, type TracingOptions } from './trace-export.ts';
