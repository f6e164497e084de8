/** A trace's spans in the order in which they are read: each under its parent, earliest first. Pure. */
import type { ZipkinSpan } from '../server/answers.ts';

/** A span with its place in the tree. */
export interface SpanLine {
  readonly span: ZipkinSpan;
  readonly depth: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly service: string;
  /** What went wrong, when it says so. */
  readonly error: string | null;
}

/** Every span once; whoever's parent is not there stands at the root. */
export function spanTree(spans: readonly ZipkinSpan[]): SpanLine[] {
  const known = new Set(spans.map(({ id }) => id));
  const children = new Map<string, ZipkinSpan[]>();
  const roots: ZipkinSpan[] = [];
  for (const span of spans) {
    const { parentId } = span;
    if (parentId === undefined || parentId === span.id || !known.has(parentId)) roots.push(span);
    else children.set(parentId, [...(children.get(parentId) ?? []), span]);
  }
  const lines: SpanLine[] = [];
  const seen = new Set<ZipkinSpan>();
  const walk = (siblings: readonly ZipkinSpan[], depth: number): void => {
    for (const span of siblings.toSorted(byStart)) {
      if (seen.has(span)) continue;
      seen.add(span);
      lines.push(lineOf(span, depth));
      walk(children.get(span.id) ?? [], depth + 1);
    }
  };
  walk(roots, 0);
  // Spans that are each other's parents have no root.
  walk(
    spans.filter((span) => !seen.has(span)),
    0,
  );
  return lines;
}

function byStart(one: ZipkinSpan, other: ZipkinSpan): number {
  return (one.timestamp ?? 0) - (other.timestamp ?? 0);
}

const microsecondsOfMs = 1_000;

function lineOf(span: ZipkinSpan, depth: number): SpanLine {
  const fromMs = (span.timestamp ?? 0) / microsecondsOfMs;
  return {
    span,
    depth,
    fromMs,
    toMs: fromMs + (span.duration ?? 0) / microsecondsOfMs,
    service: span.localEndpoint?.serviceName ?? 'unknown',
    error: span.tags?.['error'] ?? null,
  };
}

/** Of a whole trace, for a list. Null for an empty one. */
export interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly service: string;
  readonly fromMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly services: readonly string[];
  readonly errors: number;
}

export function summaryOf(spans: readonly ZipkinSpan[]): TraceSummary | null {
  const lines = spanTree(spans);
  const [root] = lines;
  if (root === undefined) return null;
  const fromMs = Math.min(...lines.map((line) => line.fromMs));
  return {
    traceId: root.span.traceId,
    name: root.span.name ?? 'unnamed',
    service: root.service,
    fromMs,
    durationMs: Math.max(...lines.map((line) => line.toMs)) - fromMs,
    spans: lines.length,
    services: [...new Set(lines.map((line) => line.service))],
    errors: lines.filter(({ error }) => error !== null).length,
  };
}

/** The order that a trace is about, when one of its spans says so. */
export function orderOf(spans: readonly ZipkinSpan[]): string | undefined {
  for (const { tags = {} } of spans) {
    const order = tags['order.id'] ?? tags['eventstream.stream']?.replace(/^order-/, '');
    if (order !== undefined) return order;
  }
  return undefined;
}
