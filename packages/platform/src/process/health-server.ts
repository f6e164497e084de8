/**
 * /livez: this process turns. /readyz: it can do its work, check by check, with what to do when it cannot. /metrics:
 * its numbers. /about: its version and settings. Liveness never asks a database or a broker: restarting this process
 * would not mend them.
 */
import fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import { messageOf } from '../coded-error.ts';
import { portTaken } from '../port-taken.ts';
import { metrics } from '../telemetry/metrics.ts';
import { within } from '../within.ts';
import type { About } from './about.ts';
import type { Readiness, Ready } from './part.ts';

/** Where the process is in its life; only `running` can be ready. */
export type Phase = 'starting' | 'running' | 'stopping';

/** What the health server is made of. */
export interface HealthServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly phase: () => Phase;
  readonly readiness: () => readonly Readiness[];
  readonly about: About;
}

/** A running health server. */
export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

const checkTimeoutMs = 2_000;
/** Several probes may come at once; for this long they share one answer. */
const cacheMs = 500;

/** Starts the health server. @throws CodedError `port_taken` that names the port and HEALTH_PORT. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const app = createHealthApp(options);
  try {
    await app.listen({ host: options.address, port: options.port });
  } catch (error) {
    throw portTaken(error, options.port, 'HEALTH_PORT');
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, stop: () => app.close() };
}

/** The routes without a port, for tests. */
export function createHealthApp(options: Omit<HealthServerOptions, 'address' | 'port'>): FastifyInstance {
  const app = fastify({
    bodyLimit: 1024,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
  });
  const checkAll = cached(() => runChecks(options.readiness()), options.clock);
  app.get('/livez', async () => ({ status: 'alive', phase: options.phase() }));
  app.get('/readyz', async (_request, reply) => {
    const checks = options.phase() === 'starting' ? [] : await checkAll();
    const ready = options.phase() === 'running' && checks.every((check) => check.ok || check.optional);
    const status = !ready ? 'not ready' : checks.every((check) => check.ok) ? 'ready' : 'degraded';
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status, phase: options.phase(), checks };
  });
  app.get('/about', async () => options.about);
  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.metrics();
  });
  return app;
}

/** One check and its answer. */
export type CheckResult = { readonly name: string; readonly optional?: true } & Ready;

/** Runs all checks at once. Never rejects: one that throws or hangs has failed. */
export async function runChecks(readiness: readonly Readiness[]): Promise<CheckResult[]> {
  return Promise.all(
    readiness.map(async (one) => ({
      name: one.name,
      ...(one.optional ? { optional: true as const } : {}),
      ...(await runCheck(one)),
    })),
  );
}

async function runCheck(readiness: Readiness): Promise<Ready> {
  try {
    return await within(checkTimeoutMs, readiness.check());
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

/** Shares one run among all who ask while it is under way and for cacheMs after it began. */
function cached<T>(run: () => Promise<T>, clock: Clock): () => Promise<T> {
  let last: { readonly sinceMs: number; readonly result: Promise<T> } | undefined;
  return () => {
    const nowMs = clock.nowMs();
    if (last === undefined || Math.abs(nowMs - last.sinceMs) >= cacheMs) last = { sinceMs: nowMs, result: run() };
    return last.result;
  };
}
