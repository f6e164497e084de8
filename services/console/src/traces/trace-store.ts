/**
 * Traces in memory, within bounds of number and bytes: the oldest make room for new ones, and a trace that grows without
 * end keeps its first spans. What is asked of it is answered as Zipkin would.
 */
import type { TracesHeld, ZipkinDependency, ZipkinSpan } from '../api/traces.ts';

/** How much is held. */
export interface TraceBounds {
  readonly tracesMax: number;
  /** Of the spans as JSON; what the process holds is some times that. */
  readonly bytesMax: number;
}

/** Spans of one trace beyond this are dropped. */
export const spansOfTraceMax = 2_000;

interface HeldTrace {
  /** Span id and kind → span: the two halves of a shared span have one id. */
  readonly spans: Map<string, ZipkinSpan>;
  bytes: number;
  /** Microseconds since 1970: when its first span began. */
  startMicros: number;
}

/** Which traces are wanted; all that is given must hold for one span of the trace. Times in microseconds, but `endMs`. */
export interface TraceQuery {
  readonly service?: string | undefined;
  readonly span?: string | undefined;
  /** Zipkin's `annotationQuery`: `error and http.method=GET`. */
  readonly tags?: readonly { readonly key: string; readonly value: string | undefined }[] | undefined;
  readonly minMicros?: number | undefined;
  readonly maxMicros?: number | undefined;
  readonly endMs: number;
  readonly lookbackMs: number;
  readonly limit: number;
}

/** The store. */
export class TraceStore {
  readonly #bounds: TraceBounds;
  /** In the order in which they were first heard of: the first is the oldest. */
  readonly #traces = new Map<string, HeldTrace>();
  #bytes = 0;
  #spans = 0;
  #dropped = 0;

  constructor(bounds: TraceBounds) {
    this.#bounds = bounds;
  }

  /** Keeps spans. */
  add(spans: readonly ZipkinSpan[]): void {
    for (const span of spans) this.#addOne(span);
    while (this.#traces.size > this.#bounds.tracesMax || this.#bytes > this.#bounds.bytesMax)
      if (!this.#dropOldest()) break;
  }

  #addOne(span: ZipkinSpan): void {
    const id = traceKey(span.traceId);
    const trace: HeldTrace = this.#traces.get(id) ?? {
      spans: new Map(),
      bytes: 0,
      startMicros: Number.POSITIVE_INFINITY,
    };
    this.#traces.set(id, trace);
    const key = `${span.id} ${span.kind ?? ''}`;
    // An exporter that was not answered in time sends its spans again, and others add to what they have sent.
    const before = trace.spans.get(key);
    if (before === undefined && trace.spans.size >= spansOfTraceMax) return;
    trace.spans.set(key, span);
    trace.startMicros = Math.min(trace.startMicros, span.timestamp ?? Number.POSITIVE_INFINITY);
    const grownBytes = bytesOf(span) - (before === undefined ? 0 : bytesOf(before));
    trace.bytes += grownBytes;
    this.#bytes += grownBytes;
    if (before === undefined) this.#spans += 1;
  }

  #dropOldest(): boolean {
    const [oldest] = this.#traces.entries();
    if (oldest === undefined) return false;
    const [id, trace] = oldest;
    this.#traces.delete(id);
    this.#bytes -= trace.bytes;
    this.#spans -= trace.spans.size;
    this.#dropped += 1;
    return true;
  }

  /** All spans of a trace; undefined when it is not held. */
  trace(id: string): readonly ZipkinSpan[] | undefined {
    const trace = this.#traces.get(traceKey(id));
    return trace && [...trace.spans.values()];
  }

  /** Newest first. */
  find(query: TraceQuery): readonly (readonly ZipkinSpan[])[] {
    return this.#within(query)
      .toSorted((one, other) => other.startMicros - one.startMicros)
      .map(({ spans }) => [...spans.values()])
      .filter((spans) => spans.some((span) => matches(span, query)))
      .slice(0, query.limit);
  }

  #within({ endMs, lookbackMs }: Pick<TraceQuery, 'endMs' | 'lookbackMs'>): HeldTrace[] {
    const [from, to] = [(endMs - lookbackMs) * 1000, endMs * 1000];
    return [...this.#traces.values()].filter(({ startMicros }) => startMicros >= from && startMicros <= to);
  }

  /** Names of the services that spans were made in. */
  services(): readonly string[] {
    return this.#names((span) => span.localEndpoint?.serviceName);
  }

  /** Names of a service's spans. */
  spanNames(service: string): readonly string[] {
    return this.#names((span) => (isSame(span.localEndpoint?.serviceName, service) ? span.name : undefined));
  }

  #names(of: (span: ZipkinSpan) => string | undefined): readonly string[] {
    const names = new Set<string>();
    for (const { spans } of this.#traces.values())
      for (const span of spans.values()) {
        const name = of(span);
        if (name !== undefined && name !== '') names.add(name);
      }
    return [...names].toSorted();
  }

  /** Who called whom how often: each time a span's parent was made in another service. */
  dependencies(range: Pick<TraceQuery, 'endMs' | 'lookbackMs'>): readonly ZipkinDependency[] {
    const links = new Map<string, ZipkinDependency>();
    for (const { spans } of this.#within(range)) {
      const byId = new Map([...spans.values()].map((span) => [span.id, span]));
      for (const span of spans.values()) {
        const parent = span.parentId === undefined ? undefined : byId.get(span.parentId)?.localEndpoint?.serviceName;
        const child = span.localEndpoint?.serviceName;
        if (parent === undefined || child === undefined || parent === child) continue;
        const known = links.get(`${parent} ${child}`) ?? { parent, child, callCount: 0, errorCount: 0 };
        const failed = span.tags?.['error'] === undefined ? 0 : 1;
        links.set(`${parent} ${child}`, {
          ...known,
          callCount: known.callCount + 1,
          errorCount: known.errorCount + failed,
        });
      }
    }
    return [...links.values()];
  }

  /** How full it is. */
  held(): TracesHeld {
    const { tracesMax, bytesMax } = this.#bounds;
    return {
      traces: this.#traces.size,
      spans: this.#spans,
      bytes: this.#bytes,
      tracesMax,
      bytesMax,
      dropped: this.#dropped,
    };
  }
}

function bytesOf(span: ZipkinSpan): number {
  return JSON.stringify(span).length;
}

/** Ids of 64 and of 128 bits name the same trace when the longer one begins with zeros. */
function traceKey(id: string): string {
  return id.toLowerCase().padStart(32, '0');
}

function matches(span: ZipkinSpan, { service, span: name, tags = [], minMicros, maxMicros }: TraceQuery): boolean {
  if (service !== undefined && !isSame(span.localEndpoint?.serviceName, service)) return false;
  if (name !== undefined && !isSame(span.name, name)) return false;
  if (minMicros !== undefined && (span.duration ?? 0) < minMicros) return false;
  if (maxMicros !== undefined && (span.duration ?? 0) > maxMicros) return false;
  return tags.every(({ key, value }) => hasTag(span, key, value));
}

function hasTag({ tags, annotations }: ZipkinSpan, key: string, value: string | undefined): boolean {
  const tag = tags?.[key];
  if (value !== undefined) return tag === value;
  return tag !== undefined || (annotations ?? []).some((annotation) => annotation.value === key);
}

/** Zipkin knows names in lower case only. */
function isSame(name: string | undefined, wanted: string): boolean {
  return name?.toLowerCase() === wanted.toLowerCase();
}
