/**
 * JSON lines on stdout, one per fact. Inside a span every line carries its trace id, so that a log line leads to the
 * trace and back. Secrets are removed by name, whoever logs them.
 */
import { isSpanContextValid, trace } from '@opentelemetry/api';
import pino from 'pino';
import { stdoutDestination } from './stdout-destination.ts';

/** Writes diagnostic lines: `logger.info({ orderId }, 'order placed')`. Fields first, one plain sentence second. */
export type Logger = pino.Logger;

/** The levels a logger can be set to. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** One of logLevels. */
export type LogLevel = (typeof logLevels)[number];

/** What a logger is made of. */
export interface LoggerOptions {
  /** Name of the process, put on each line. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; default stdout, written synchronously so that the last line before a crash is not lost. */
  readonly destination?: pino.DestinationStream;
}

const secretFields = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey', 'api_key'];

/** Makes a logger. Fields named like a secret are shown as "[redacted]" at the first three levels of an object. */
export function createLogger(options: LoggerOptions): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { service: options.service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceIds,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
  };
  return pino(settings, options.destination ?? stdoutDestination());
}

/** A url, or several with commas, fit for logs and messages: passwords are replaced. Text that is no url is not shown at all. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) {
    const several = url.split(',');
    return several.length > 1 && several.every((one) => URL.canParse(one))
      ? several.map(withoutPassword).join(',')
      : '[not a url]';
  }
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}

function traceIds(): object {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}
