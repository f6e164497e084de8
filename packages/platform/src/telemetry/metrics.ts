/** Numbers for Prometheus, all on one registry, served at /metrics of every process. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { CodedError } from '../coded-error.ts';

/** The registry that every metric of this process is on. */
export const metrics = new Registry();

/** Upper bounds in seconds from 0.5 ms to 10 s: fine for calls, commits and handlers alike. */
export const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Upper bounds for counts such as batch sizes: powers of two from 1 to 4096. */
export const countBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** A number that only grows. Names end in `_total`. Asking for the same name again gives the same counter. */
export function counter<Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Counter<Label> {
  const known = metrics.getSingleMetric<Label>(name);
  if (known === undefined) return new Counter<Label>({ name, help, labelNames, registers: [metrics] });
  if (known instanceof Counter) return known;
  throw otherKind(name);
}

/** A number that goes up and down. Asking for the same name again gives the same gauge. */
export function gauge<Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Gauge<Label> {
  const known = metrics.getSingleMetric<Label>(name);
  if (known === undefined) return new Gauge<Label>({ name, help, labelNames, registers: [metrics] });
  if (known instanceof Gauge) return known;
  throw otherKind(name);
}

/** A distribution over fixed buckets (default: seconds). Asking for the same name again gives the same histogram. */
export function histogram<Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
  buckets: number[] = secondsBuckets,
): Histogram<Label> {
  const known = metrics.getSingleMetric<Label>(name);
  if (known === undefined) return new Histogram<Label>({ name, help, labelNames, buckets, registers: [metrics] });
  if (known instanceof Histogram) return known;
  throw otherKind(name);
}

/**
 * How often the event loop's delay is measured. Node wakes the process each time: at the usual 10 ms those are most of
 * the wake-ups of an idle process. Each delay that is reported includes this interval.
 */
export const eventLoopEveryMs = 100;
/**
 * How often the event loop's utilization is noted. Each note wakes the process and goes into the five digests of a
 * summary, which every reader of /metrics has to sort: at the usual 100 ms that was most of what an idle process did.
 */
const utilizationEveryMs = 1_000;

/** Starts the process's own metrics (memory, event loop delay, garbage collection, file handles). Call once. */
export function startProcessMetrics(): void {
  if (metrics.getSingleMetric('process_cpu_seconds_total') !== undefined) return;
  collectDefaultMetrics({
    register: metrics,
    eventLoopMonitoringPrecision: eventLoopEveryMs,
    eventLoopUtilizationTimeout: utilizationEveryMs,
  });
}

function otherKind(name: string): CodedError {
  return new CodedError('metric_kind', `the metric ${name} exists already as another kind`, { details: { name } });
}
