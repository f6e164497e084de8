/**
 * Sends recorded spans to Zipkin or an OTLP collector. A collector that is slow or absent costs one log line a minute
 * and a bounded amount of memory, never a request: spans that find no room are dropped.
 */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Clock } from '../clock.ts';
import { messageOf } from '../coded-error.ts';
import { type Logger, withoutPassword } from './logger.ts';
import { counter } from './metrics.ts';
import { createSampler, type SamplingOptions } from './sampling.ts';
import { setRecording } from './trace.ts';

/** Where spans go. */
export type TraceTarget =
  | { readonly exporter: 'zipkin' | 'otlp'; readonly url: string }
  | { readonly exporter: 'none' };

/** What tracing is started with. */
export interface TracingOptions {
  readonly service: string;
  readonly target: TraceTarget;
  readonly sampling: SamplingOptions;
  readonly logger: Logger;
  readonly clock: Clock;
}

const oneMinuteMs = 60_000;
/** A collector that takes longer is treated as absent. */
const exportTimeoutMs = 5_000;
/** At shutdown, spans in hand get this long. */
const flushTimeoutMs = 2_000;

/** Starts recording and exporting spans. With exporter `none` only ids are made. `stop` sends what is in hand (≤ 2 s). */
export async function startTracing(options: TracingOptions): Promise<{ stop(): Promise<void> }> {
  if (options.target.exporter === 'none') {
    setRecording(undefined);
    return { stop: async () => {} };
  }
  const exporter = new PatientExporter(await createExporter(options.service, options.target), options);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.service }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: 4096,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 1000,
        exportTimeoutMillis: exportTimeoutMs + 1000,
      }),
    ],
  });
  setRecording({ tracer: provider.getTracer('eventstream'), sampler: createSampler(options.sampling, options.clock) });
  return {
    stop: async () => {
      setRecording(undefined);
      const flushed = provider.shutdown().catch(() => {}); // the exporter has already said what went wrong
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, flushTimeoutMs).unref())]);
    },
  };
}

/** Loads only the exporter that is used: each costs every process's start some tens of milliseconds. */
async function createExporter(
  service: string,
  target: Exclude<TraceTarget, { exporter: 'none' }>,
): Promise<SpanExporter> {
  switch (target.exporter) {
    case 'zipkin': {
      const { ZipkinExporter } = await import('@opentelemetry/exporter-zipkin');
      return new ZipkinExporter({ url: target.url, serviceName: service });
    }
    case 'otlp': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter({ url: target.url, timeoutMillis: exportTimeoutMs });
    }
  }
}

const dropped = counter('trace_spans_dropped_total', 'Spans that the collector did not take');

/** Keeps one batch under way at most, drops what cannot be sent, and complains once a minute. Always reports success. */
export class PatientExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #target: TraceTarget;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #busy = false;
  #droppedSinceLine = 0;
  #lastLineMs = Number.NEGATIVE_INFINITY;

  constructor(inner: SpanExporter, options: Pick<TracingOptions, 'target' | 'logger' | 'clock'>) {
    this.#inner = inner;
    this.#target = options.target;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.#busy) {
      this.#drop(spans.length, 'the previous batch is still under way');
      done({ code: ExportResultCode.SUCCESS });
      return;
    }
    this.#busy = true;
    let answered = false;
    const answer = (): void => {
      if (!answered) done({ code: ExportResultCode.SUCCESS });
      answered = true;
    };
    // The Zipkin exporter has no timeout of its own; while it hangs, `busy` keeps further batches out of memory.
    const timer = setTimeout(() => {
      this.#drop(spans.length, `no answer within ${exportTimeoutMs} ms`);
      answer();
    }, exportTimeoutMs);
    timer.unref();
    this.#inner.export(spans, (result) => {
      clearTimeout(timer);
      this.#busy = false;
      if (result.code !== ExportResultCode.SUCCESS && !answered) this.#drop(spans.length, messageOf(result.error));
      answer();
    });
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#inner.shutdown();
  }

  #drop(spans: number, reason: string): void {
    dropped.inc(spans);
    this.#droppedSinceLine += spans;
    if (this.#clock.nowMs() - this.#lastLineMs < oneMinuteMs) return;
    const url = this.#target.exporter === 'none' ? undefined : withoutPassword(this.#target.url);
    this.#logger.warn(
      { exporter: this.#target.exporter, url, spansDropped: this.#droppedSinceLine, reason },
      'traces cannot be delivered; start the collector, or set TRACES_EXPORTER=none',
    );
    this.#lastLineMs = this.#clock.nowMs();
    this.#droppedSinceLine = 0;
  }
}
