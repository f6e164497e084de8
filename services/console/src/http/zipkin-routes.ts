/** Zipkin's v2 API over the traces that are held: reading for pages, writing for exporters. */
import { createGunzip } from 'node:zlib';
import type { Clock } from '@eventstream/platform';
import { invalidRequest, Problem } from '@eventstream/service-kit';
import { answer, type HttpApp } from '@eventstream/service-kit/http';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { zipkinSpan } from '../api/traces.ts';
import { consoleProblems } from '../problems.ts';
import type { TraceQuery, TraceStore } from '../traces/trace-store.ts';

/** What the routes answer from. */
export interface ZipkinParts {
  readonly traces: TraceStore;
  readonly clock: Clock;
}

/** Zipkin's own default. */
const batchBytesMax = 5 * 1024 * 1024;
const id = Type.String({ pattern: '^[0-9a-fA-F]{16}([0-9a-fA-F]{16})?$' });
const batch = Compile(
  Type.Array(
    Type.Intersect([zipkinSpan, Type.Object({ traceId: id, id: Type.String({ pattern: '^[0-9a-fA-F]{1,16}$' }) })]),
  ),
);

const number = Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$', allowed: 'a whole number' }));
const text = Type.Optional(Type.String({ maxLength: 400 }));
const tracesQuery = Type.Object({
  serviceName: text,
  remoteServiceName: text,
  spanName: text,
  annotationQuery: text,
  minDuration: number,
  maxDuration: number,
  endTs: number,
  lookback: number,
  limit: number,
});

/** Zipkin's defaults. */
const lookbackMs = 15 * 60_000;
const tracesShown = 10;
const tracesShownMax = 200;

/** Adds what exporters write to: `POST /api/v2/spans`, plain or gzip. */
export function zipkinWriteRoutes(app: HttpApp, { traces }: ZipkinParts): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-encoding'] !== 'gzip') return payload;
    // The limit of a body holds for what comes out of it.
    return Object.assign(payload.pipe(createGunzip()), {
      receivedEncodedLength: Number(request.headers['content-length'] ?? 0),
    });
  });
  app.post('/api/v2/spans', { bodyLimit: batchBytesMax }, async (request, reply) => {
    const { body } = request;
    if (!batch.Check(body)) {
      const [fault] = batch.Errors(body);
      const where = {
        in: 'body',
        pointer: fault?.instancePath ?? '',
        detail: fault?.message ?? 'is no list of spans',
      } as const;
      return answer(reply, invalidRequest(where), () => undefined);
    }
    traces.add(body);
    return reply.code(202).send();
  });
  app.get('/health', () => ({ status: 'UP' }));
}

/** Adds what pages read, below `prefix`. */
export function zipkinReadRoutes(app: HttpApp, prefix: string, { traces, clock }: ZipkinParts): void {
  app.get(`${prefix}/api/v2/services`, () => traces.services());
  const spansQuery = Type.Object({ serviceName: Type.String({ maxLength: 400 }) });
  app.get(`${prefix}/api/v2/spans`, { schema: { querystring: spansQuery } }, (request) =>
    traces.spanNames(request.query.serviceName),
  );
  app.get(`${prefix}/api/v2/traces`, { schema: { querystring: tracesQuery } }, (request) =>
    traces.find(queryOf(request.query, clock.nowMs())),
  );
  app.get(
    `${prefix}/api/v2/trace/:traceId`,
    { schema: { params: Type.Object({ traceId: id }) } },
    async (request, reply) => {
      const found = traces.trace(request.params.traceId);
      const missing = new Problem(
        consoleProblems.traceNotFound,
        'it was not sampled, has not arrived yet, or made room for newer ones',
      );
      return answer(reply, found ?? missing, (spans) => reply.send(spans));
    },
  );
  const many = Type.Object({ traceIds: Type.String({ maxLength: 4_000 }) });
  // Those that are not there are left out: to ask for one that may still come is no mistake.
  app.get(`${prefix}/api/v2/traceMany`, { schema: { querystring: many } }, (request) =>
    request.query.traceIds.split(',').flatMap((traceId) => {
      const spans = traces.trace(traceId);
      return spans === undefined ? [] : [spans];
    }),
  );
  const range = Type.Object({ endTs: number, lookback: number });
  app.get(`${prefix}/api/v2/dependencies`, { schema: { querystring: range } }, (request) =>
    traces.dependencies(rangeOf(request.query, clock.nowMs())),
  );
}

function rangeOf({ endTs, lookback }: { endTs?: string; lookback?: string }, nowMs: number) {
  return {
    endMs: endTs === undefined ? nowMs : Number(endTs),
    lookbackMs: lookback === undefined ? lookbackMs : Number(lookback),
  };
}

function queryOf(query: Static<typeof tracesQuery>, nowMs: number): TraceQuery {
  const { serviceName, spanName, annotationQuery, minDuration, maxDuration, limit } = query;
  return {
    ...rangeOf(query, nowMs),
    limit: Math.min(limit === undefined ? tracesShown : Number(limit), tracesShownMax),
    service: serviceName || undefined,
    // Zipkin's page sends `all` for no choice.
    span: spanName === 'all' ? undefined : spanName || undefined,
    tags: annotationQuery ? tagsIn(annotationQuery) : undefined,
    minMicros: minDuration === undefined ? undefined : Number(minDuration),
    maxMicros: maxDuration === undefined ? undefined : Number(maxDuration),
  };
}

/** `error and http.method=GET` */
function tagsIn(annotationQuery: string): { key: string; value: string | undefined }[] {
  return annotationQuery.split(' and ').map((condition) => {
    const at = condition.indexOf('=');
    return at < 0
      ? { key: condition.trim(), value: undefined }
      : { key: condition.slice(0, at).trim(), value: condition.slice(at + 1).trim() };
  });
}
