/**
 * Spans by our own thin wrappers: nothing is patched. A trace id exists and travels (logs, events, headers) whether or
 * not anything is exported. A trace is kept or not at its first span; a span of a trace that is not kept costs next to
 * nothing, because none is made: the parent's context is carried on.
 */
import {
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { parseTraceParent } from '@opentelemetry/core';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import { messageOf } from '../coded-error.ts';
import type { Sampler } from './sampling.ts';

export type { Span } from '@opentelemetry/api';

// Set here, not in startTracing: the trace id must follow the work also where nothing is exported.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** How a span begins. */
export interface SpanOptions {
  /** Default internal. */
  readonly kind?: keyof typeof kinds;
  /** W3C traceparent of the span that caused this one; default the active span. An invalid one counts as absent. */
  readonly parent?: string | undefined;
  /** W3C traceparents of spans this one belongs with, such as an earlier attempt. Invalid ones are left out. */
  readonly links?: readonly string[];
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /**
   * False: continues a trace, but begins none that is kept; the ids travel all the same. For reads and look-ups, which
   * would otherwise take the places of orders under the cap. Default true.
   */
  readonly begins?: boolean;
}

/** Where recorded spans go, and which traces are recorded. */
export interface Recording {
  readonly tracer: Tracer;
  readonly sampler: Sampler;
}

/** Where the trace id begins in a traceparent. */
const traceIdAt = 3;
/** The lowest bit of the flags, which are the last two digits, says that the trace is kept. */
const keptFlags = /[13579bdf]$/;

const ids = new RandomIdGenerator();
let recording: Recording | undefined;

/** Turns recording on, or off with undefined. Called by startTracing and by tests. */
export function setRecording(next: Recording | undefined): void {
  recording = next;
}

/**
 * Runs `fn` inside a span and ends the span when it settles; a throw is recorded on the span and thrown on.
 * The span is a child of `parent`, else of the active span, else the first of a new trace.
 */
export async function withSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => Promise<T>): Promise<T> {
  const active = trace.getActiveSpan();
  // The common case by far: inside a trace that is not kept there is nothing to make, end or switch to.
  if (active !== undefined && options.parent === undefined && !isSampled(active)) return fn(active);
  const span = startSpan(name, options);
  const inside = trace.setSpan(context.active(), span);
  if (!span.isRecording()) return context.with(inside, () => fn(span));
  return context.with(inside, async () => {
    try {
      return await fn(span);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Begins a span for work that no single function encloses. The caller ends it; it does not become the active span. */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const parent = parentOf(options);
  if (parent === undefined) {
    const root = newRoot(options.begins ?? true);
    if (root !== undefined) return root;
  } else if ((parent.traceFlags & TraceFlags.SAMPLED) === 0 || recording === undefined) {
    return trace.wrapSpanContext(parent);
  }
  const around = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const links = (options.links ?? []).flatMap(linkTo);
  const { kind = 'internal', attributes = {} } = options;
  const tracer = recording?.tracer ?? trace.getTracer('eventstream');
  return tracer.startSpan(name, { kind: kinds[kind], links, attributes: { ...attributes } }, around);
}

/** Marks a span as failed with what was thrown. */
export function failSpan(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
}

/** Runs `fn` as part of the trace that `traceparent` names, without a span of its own. */
export function withParent<T>(traceparent: string | undefined, fn: () => T): T {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent === null ? fn() : context.with(trace.setSpanContext(context.active(), parent), fn);
}

/** W3C traceparent of the active span, to be put into metadata and headers. Undefined outside of any trace. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan();
  return span === undefined ? undefined : traceparentOf(span);
}

/** W3C traceparent of a span. Undefined when it belongs to no trace. */
export function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!isSpanContextValid(span.spanContext())) return undefined;
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
}

/**
 * Runs `fn` in the trace that `traceparent` names, or else in the active one, or else in a new one. When the active span
 * belongs to another trace, `fn` gets a span that links back to it: a late request about something continues the trace
 * of the thing, not a second one beside it.
 */
export function joinTrace<T>(traceparent: string | undefined, name: string, fn: () => Promise<T>): Promise<T> {
  const active = trace.getActiveSpan();
  if (active === undefined) return withSpan(name, { parent: traceparent }, fn);
  if (traceparent === undefined || traceparent.startsWith(active.spanContext().traceId, traceIdAt)) return fn();
  const back = traceparentOf(active);
  return withSpan(name, { parent: traceparent, links: back === undefined ? [] : [back] }, fn);
}

/** Runs `fn` outside of any trace: for work on behalf of many, which would otherwise count as whoever came first. */
export function withoutTrace<T>(fn: () => T): T {
  return trace.getActiveSpan() === undefined ? fn() : context.with(ROOT_CONTEXT, fn);
}

/**
 * Whether spans made under this traceparent are recorded. It looks at one letter only, so ask before making a span for
 * each of many: `startSpan` makes none for a parent that is not kept, but has to parse it first.
 */
export function isKept(traceparent: string | undefined): traceparent is string {
  return recording !== undefined && traceparent !== undefined && keptFlags.test(traceparent);
}

/** True when the active span is recorded: ask before making something costly only for a trace. */
export function isTracing(): boolean {
  return trace.getActiveSpan()?.isRecording() ?? false;
}

function isSampled(span: Span): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

function parentOf(options: SpanOptions): SpanContext | undefined {
  const given = options.parent === undefined ? null : parseTraceParent(options.parent);
  if (given !== null) return { ...given, isRemote: true };
  const active = options.parent === undefined ? trace.getActiveSpan()?.spanContext() : undefined;
  return active !== undefined && isSpanContextValid(active) ? active : undefined;
}

/** The first span of a trace that is not kept: ids only. Undefined when the trace is kept and the SDK makes the span. */
function newRoot(mayBeKept: boolean): Span | undefined {
  if (mayBeKept && recording?.sampler() === true) return undefined;
  return trace.wrapSpanContext({
    traceId: ids.generateTraceId(),
    spanId: ids.generateSpanId(),
    traceFlags: TraceFlags.NONE,
  });
}

function linkTo(traceparent: string): Link[] {
  const linked = parseTraceParent(traceparent);
  return linked === null ? [] : [{ context: linked }];
}
