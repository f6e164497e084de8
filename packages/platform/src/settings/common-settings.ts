/** The settings that every process has. */
import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import { logLevels } from '../telemetry/logger.ts';
import type { TraceTarget } from '../telemetry/trace-export.ts';
import { Duration, Url } from './setting-types.ts';

/** True for addresses that only this machine can reach. */
export function isLoopback(address: string): boolean {
  if (address === 'localhost' || address === '::1') return true;
  return isIP(address) === 4 && address.startsWith('127.');
}

/** Schema of the settings that every process has. */
export const commonSettings = Type.Object({
  LOG_LEVEL: Type.Enum([...logLevels], {
    default: 'info',
    description: 'Least important kind of log line that is written',
  }),
  BIND_ADDRESS: Type.Refine(
    Type.String({
      default: '127.0.0.1',
      allowed: 'a loopback address: 127.0.0.1, ::1 or localhost',
      description:
        'Address that servers listen on. Only loopback is possible until TLS and credentials exist; `npm start` needs 127.0.0.1, where it looks for its services',
    }),
    isLoopback,
    () => 'is not a loopback address, and without TLS and credentials anyone who can reach it could move money',
  ),
  HEALTH_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65535,
      description:
        'Port of /livez, /readyz, /metrics and /about; 0 takes any free one; default per process, 9101 to 9108',
    }),
  ),
  TRACES_EXPORTER: Type.Optional(
    Type.Enum(['zipkin', 'otlp', 'none'], {
      description:
        'Where traces go. Default: zipkin if ZIPKIN_URL is set, otlp if OTLP_URL is set, else none; `npm start` then sends them to the console',
    }),
  ),
  ZIPKIN_URL: Type.Optional(
    Url({ schemes: ['http', 'https'], description: 'Zipkin server, such as http://127.0.0.1:9411 (v2 JSON is sent)' }),
  ),
  OTLP_URL: Type.Optional(
    Url({ schemes: ['http', 'https'], description: 'OTLP collector, such as http://127.0.0.1:4318 (HTTP, protobuf)' }),
  ),
  TRACES_RATIO: Type.Number({ default: 1, minimum: 0, maximum: 1, description: 'Share of orders that are traced' }),
  TRACES_PER_SECOND: Type.Integer({
    default: 50,
    minimum: 0,
    maximum: 100_000,
    description:
      'Most orders traced in one second, whatever the share; each is traced whole or not at all. Under `npm start` 5 unless set, while they go to the console',
  }),
  FAILPOINTS: Type.Optional(
    Type.String({
      description:
        'For tests on one machine: where this process shall die or stand still, such as append.afterCommit:kill@3',
      allowed: 'places such as append.afterCommit:kill@3, separated by commas, or folder: and an absolute path',
    }),
  ),
  SHUTDOWN_DELAY: Duration({
    default: '1ms',
    maximum: '15s',
    description:
      'Wait between turning not ready and stopping, so that a load balancer can notice. `npm start` ends a service 7s after asking it to stop, however long this is',
  }),
});

/** The settings that every process has. */
export type CommonSettings = Static<typeof commonSettings>;

/** Where traces go by these settings: an exporter named without its url falls back to the usual local address. */
export function traceTarget(settings: CommonSettings): TraceTarget {
  const { ZIPKIN_URL: zipkin, OTLP_URL: otlp } = settings;
  const exporter = settings.TRACES_EXPORTER ?? (zipkin !== undefined ? 'zipkin' : otlp !== undefined ? 'otlp' : 'none');
  switch (exporter) {
    case 'none':
      return { exporter };
    case 'zipkin':
      return { exporter, url: withPath(zipkin ?? 'http://127.0.0.1:9411', '/api/v2/spans') };
    case 'otlp':
      return { exporter, url: withPath(otlp ?? 'http://127.0.0.1:4318', '/v1/traces') };
  }
}

/** People give the server's address or the full path; both are meant alike. */
function withPath(base: string, path: string): string {
  const url = new URL(base);
  if (url.pathname === '/') url.pathname = path;
  return url.href;
}
