/** What every process needs and no domain knows: time, ids, batching, errors, loggers, settings, traces, numbers, a life. */

export { Alarm } from './alarm.ts';
export { type Backoff, backoffMs } from './backoff.ts';
export { Batcher, type BatcherOptions, QueueFull, Rejected } from './batcher.ts';
export { type Clock, systemClock } from './clock.ts';
export { CodedError, type CodedErrorOptions, codeOf, messageOf } from './coded-error.ts';
export { armFailpoints, failpoint } from './failpoints.ts';
export { awaitFreePort } from './held-port.ts';
export { derivedId, idOf, newId } from './ids.ts';
export { type FoundLease, leaseRuns } from './lease.ts';
export { PassingMap } from './passing-map.ts';
export { portTaken } from './port-taken.ts';
export { type About, ownVersion } from './process/about.ts';
export {
  createHealthApp,
  type HealthServer,
  type HealthServerOptions,
  startHealthServer,
} from './process/health-server.ts';
export type { Part, Readiness, Ready } from './process/part.ts';
export { type ProcessDefinition, runProcess, type Surroundings } from './process/process.ts';
export { type CommonSettings, commonSettings, isLoopback, traceTarget } from './settings/common-settings.ts';
export { Count, Duration, parseDurationMs, Url } from './settings/setting-types.ts';
export {
  describeSettings,
  type Environment,
  readSettings,
  type SettingDescription,
  type SettingFault,
  SettingsError,
  type ShownSetting,
} from './settings/settings.ts';
export {
  createLogger,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  logLevels,
  withoutPassword,
} from './telemetry/logger.ts';
export {
  countBuckets,
  counter,
  eventLoopEveryMs,
  gauge,
  histogram,
  metrics,
  secondsBuckets,
  startProcessMetrics,
} from './telemetry/metrics.ts';
export { labelsOf, readSamples, type Sample } from './telemetry/metrics-text.ts';
export type { SamplingOptions } from './telemetry/sampling.ts';
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
} from './telemetry/trace.ts';
export { startTracing, type TraceTarget, type TracingOptions } from './telemetry/trace-export.ts';
export { within } from './within.ts';
