/**
 * Zipkin's v2 API, as far as common exporters and our page use it. On the console's own port below `/zipkin`
 * (`GET /zipkin/api/v2/trace/:traceId`, …), and on the Zipkin port (9411) as Zipkin has it.
 */
import { type Static, Type } from 'typebox';

const endpoint = Type.Object({
  serviceName: Type.Optional(Type.String()),
  ipv4: Type.Optional(Type.String()),
  ipv6: Type.Optional(Type.String()),
  port: Type.Optional(Type.Integer()),
});

/** A span. `timestamp` and `duration` are microseconds. */
export const zipkinSpan = Type.Object({
  traceId: Type.String(),
  id: Type.String(),
  parentId: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  kind: Type.Optional(Type.Enum(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'])),
  timestamp: Type.Optional(Type.Number()),
  duration: Type.Optional(Type.Number()),
  localEndpoint: Type.Optional(endpoint),
  remoteEndpoint: Type.Optional(endpoint),
  annotations: Type.Optional(Type.Array(Type.Object({ timestamp: Type.Number(), value: Type.String() }))),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
  debug: Type.Optional(Type.Boolean()),
  shared: Type.Optional(Type.Boolean()),
});
export type ZipkinSpan = Static<typeof zipkinSpan>;

/** `GET /api/v2/trace/:traceId`. 404 when it is not there (never kept, or dropped for newer ones). */
export type ZipkinTrace = readonly ZipkinSpan[];

/** `GET /api/v2/traces?serviceName&spanName&annotationQuery&minDuration&maxDuration&endTs&lookback&limit`: newest first. */
export type ZipkinTraces = readonly ZipkinTrace[];

/** One line of `GET /api/v2/dependencies?endTs&lookback`. */
export const zipkinDependency = Type.Object({
  parent: Type.String(),
  child: Type.String(),
  callCount: Type.Integer(),
  errorCount: Type.Integer(),
});
export type ZipkinDependency = Static<typeof zipkinDependency>;

/** `GET /api/traces/held`: how full the store is. */
export const tracesHeld = Type.Object({
  traces: Type.Integer(),
  spans: Type.Integer(),
  bytes: Type.Integer(),
  tracesMax: Type.Integer(),
  bytesMax: Type.Integer(),
  /** Dropped since the start to make room. */
  dropped: Type.Integer(),
});
export type TracesHeld = Static<typeof tracesHeld>;
