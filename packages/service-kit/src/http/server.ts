/**
 * A Fastify server with a limit on everything a client can make large, slow or many, and with nothing lenient about
 * what it reads: no coercion, no dropping of unknown fields, JSON only. Every refusal is a problem (RFC 9457).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@eventstream/platform';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { kitProblems, Problem } from '../problem.ts';
import { requestIdFrom } from '../request-id.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { parseExactJson } from './exact-json.ts';
import { answerProblem, problemOfError } from './problem-reply.ts';
import { answerEarly, answeredRequests, type RefuseEarly } from './refuse-early.ts';

/** A server whose route handlers see bodies, parameters and headers typed by their TypeBox schemas. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger, TypeBoxTypeProvider>;

/** What a server needs to know. */
export interface HttpAppOptions {
  readonly logger: Logger;
  /** JSON fields whose numbers come as the text they were written as, such as prices. */
  readonly exactNumberFields?: readonly string[];
  /** The problem that something thrown by a route stands for; undefined: the server judges it. */
  readonly explain?: (error: unknown) => Problem | undefined;
  /** Asked for each request before anything is done for it. */
  readonly refuseEarly?: RefuseEarly;
}

/** Every limit, in one place. Times in milliseconds, sizes in bytes. */
const httpLimits = {
  bodyBytes: 64 * 1024,
  headerBytes: 8 * 1024,
  pathParameterChars: 64,
  /** A whole request must have arrived by then. Fastify's default is never. */
  requestMs: 15_000,
  headersMs: 10_000,
  /** A connection on which nothing moves. Longer than the heartbeat of an event stream. */
  silentConnectionMs: 30_000,
  keepAliveMs: 10_000,
  /** Well above what admission lets through, so that the answer to a flood is a 503 and not a broken connection. */
  connections: 10_000,
} as const;

function requestIdOf(request: IncomingMessage): string {
  return requestIdFrom(request.headers['x-request-id']);
}

function serverOptions(options: HttpAppOptions) {
  return {
    loggerInstance: options.logger,
    // Logging is middleware around endpoints, the same for every transport.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit: httpLimits.bodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: httpLimits.pathParameterChars },
    serverFactory: (handle) => listener(handle, options.refuseEarly),
    trustProxy: false, // X-Forwarded-For is whatever a caller likes to write
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: false,
        allowUnionTypes: true,
        verbose: true, // a fault comes with the schema that it departs from
        keywords: ['allowed'],
      },
    },
    return503OnClosing: false, // ours says when to come back, see below
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      void answerProblem(reply, request.id, problemOfError(error));
    },
  } satisfies FastifyHttpOptions<Server, Logger>;
}

/** The bare server, with everything that concerns connections. */
function listener(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  refuseEarly: RefuseEarly = () => undefined,
): Server {
  const server = createServer(
    { maxHeaderSize: httpLimits.headerBytes, connectionsCheckingInterval: 5_000 },
    (request, response) => {
      // A server that stops has another answer, and ends the connection with it.
      const refused = server.listening ? refuseEarly(request) : undefined;
      if (refused === undefined) handle(request, response);
      else answerEarly(response, requestIdOf(request), refused);
    },
  );
  server.requestTimeout = httpLimits.requestMs;
  server.headersTimeout = httpLimits.headersMs;
  server.keepAliveTimeout = httpLimits.keepAliveMs;
  server.setTimeout(httpLimits.silentConnectionMs);
  server.maxConnections = httpLimits.connections;
  return server;
}

/** Makes a server without routes; it listens once `httpPart` starts it. */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const app = fastify<Server, IncomingMessage, ServerResponse, Logger>(
    serverOptions(options),
  ).withTypeProvider<TypeBoxTypeProvider>();
  // A child logger for each request would cost more than reading its body; whoever writes a line names the request.
  app.setChildLoggerFactory((logger) => logger);

  const exactNumberFields = new Set(options.exactNumberFields);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseExactJson(body, exactNumberFields),
  );
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    const broken = saidTwice(request.raw) ?? misspelt(request.url);
    return broken === undefined ? undefined : answerProblem(reply, request.id, broken);
  });
  app.addHook('onResponse', async (request, reply) => {
    answeredRequests.inc({ method: request.method, route: request.routeOptions.url ?? 'none', code: reply.statusCode });
  });
  refuseWhileClosing(app);
  app.setErrorHandler((error, request, reply) => {
    const problem = options.explain?.(error) ?? problemOfError(error);
    if (problem.type.status >= 500)
      options.logger.error(
        { err: error, requestId: request.id, method: request.method, url: request.url },
        'a request failed',
      );
    return answerProblem(reply, request.id, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    answerProblem(
      reply,
      request.id,
      new Problem(
        kitProblems.noSuchResource,
        `there is no ${request.method} ${request.url.split('?')[0] ?? ''}; see /docs`,
      ),
    ),
  );
  return app;
}

/**
 * A header that may stand there only once. Of hosts Node reads the first, and whoever stands in between may have gone by the
 * last (RFC 9112, section 3.2). Of keys it would make one; with one that somebody in between makes anew for each attempt, a
 * repetition would be another request.
 */
function saidTwice({ rawHeaders }: IncomingMessage): Problem | undefined {
  let hosts = 0;
  let keys = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase();
    if (name === 'host') hosts += 1;
    else if (name === 'idempotency-key') keys += 1;
  }
  if (hosts > 1) return twoHosts;
  return keys > 1 ? twoKeys : undefined;
}

const twoHosts = new Problem(kitProblems.malformedRequest, 'a request names one host');
const twoKeys = new Problem(kitProblems.malformedRequest, 'a request has one Idempotency-Key', {
  faults: [{ in: 'header', pointer: '/idempotency-key', detail: 'is there more than once' }],
});

/** A query of other bytes than UTF-8 would be read as if it asked for another text, and that be answered. */
function misspelt(url: string): Problem | undefined {
  const query = url.indexOf('?');
  if (query < 0 || !url.includes('%', query)) return undefined;
  try {
    decodeURIComponent(url.slice(query));
    return undefined;
  } catch {
    return noUtf8;
  }
}

const noUtf8 = new Problem(kitProblems.malformedRequest, 'the query is not percent-encoded UTF-8');

/** Connections that are kept alive may bring requests after the server was asked to stop. */
function refuseWhileClosing(app: HttpApp): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!closing) return undefined;
    const stopping = new Problem(kitProblems.overloaded, 'this server is stopping; nothing was done', {
      retryAfterSeconds: 1,
    });
    return answerProblem(reply.header('connection', 'close'), request.id, stopping);
  });
}
