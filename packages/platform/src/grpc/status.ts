/**
 * Errors over gRPC. A status code says what the caller may do; our own stable code and the values travel beside it in
 * two trailers: `error-code` (text) and `error-details-bin` (JSON in UTF-8, at most 4 KiB; bigints become strings).
 * JSON rather than google.rpc.Status, so that any client can read it without another .proto file.
 */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { QueueFull } from '../batcher.ts';
import { CodedError, messageOf } from '../coded-error.ts';

export { status } from '@grpc/grpc-js';

/** What a GrpcStatusError is made of. */
export interface GrpcStatus {
  readonly status: status;
  /** Stable, lower_snake_case: what programs test, finer than the status. */
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly nextStep?: string | undefined;
  readonly cause?: unknown;
}

/** An error with a gRPC status. Thrown by a handler it reaches the caller whole; our client throws the same again. */
export class GrpcStatusError extends CodedError {
  readonly status: status;

  constructor({ status: grpcStatus, code, message, ...options }: GrpcStatus) {
    super(code, message, options);
    this.status = grpcStatus;
  }
}

const codeKey = 'error-code';
const detailsKey = 'error-details-bin';
const maxDetailsBytes = 4096;

/** A failure in the shape that grpc-js puts on the wire, as a callback's error or a stream's `error` event. */
export class WireError extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(failure: GrpcStatusError) {
    super(failure.message);
    this.code = failure.status;
    this.details = failure.message;
    this.metadata.set(codeKey, failure.code);
    const json = JSON.stringify({ details: failure.details, nextStep: failure.nextStep }, bigintAsText);
    if (Buffer.byteLength(json) <= maxDetailsBytes) this.metadata.set(detailsKey, Buffer.from(json));
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The error of a failed call as our callers see it. */
export function fromWire(error: unknown): GrpcStatusError {
  if (error instanceof GrpcStatusError) return error;
  if (!isServiceError(error)) {
    return new GrpcStatusError({
      status: status.UNKNOWN,
      code: 'grpc_unknown',
      message: messageOf(error),
      cause: error,
    });
  }
  const [code] = error.metadata?.get(codeKey) ?? [];
  const { details, nextStep } = parseDetails(error.metadata?.get(detailsKey)[0]);
  return new GrpcStatusError({
    status: error.code,
    code: typeof code === 'string' ? code : `grpc_${status[error.code]?.toLowerCase() ?? error.code}`,
    message: typeof code === 'string' ? error.details : inWords(error.details),
    details,
    nextStep,
    cause: error,
  });
}

/** What grpc-js says of a missed deadline, or of a server that is away, is for who tunes it: parts of seconds, notes on names. */
function inWords(said: string): string {
  const [, refused] = /^No connection established\. Last error: (?:Error: )?(.+?)\. Resolution note:/s.exec(said) ?? [];
  if (refused !== undefined) return `no connection: ${refused}`;
  const [, seconds, rest = ''] = /^Deadline exceeded after ([\d.]+)s(.*)$/s.exec(said) ?? [];
  if (seconds === undefined) return said;
  const [, address] = /remote_addr=([^,\s]+)/.exec(rest) ?? [];
  return `no answer${address === undefined ? '' : ` from ${address}`} within ${Number(Number(seconds).toFixed(2))} s`;
}

/** The status of errors that every server may meet; undefined when it is none of those. */
export function knownStatus(error: unknown): GrpcStatusError | undefined {
  if (error instanceof GrpcStatusError) return error;
  if (!(error instanceof CodedError)) return undefined;
  const { code, message, details, nextStep } = error;
  const rest = { code, message, details, nextStep, cause: error };
  if (error instanceof QueueFull) return new GrpcStatusError({ status: status.RESOURCE_EXHAUSTED, ...rest });
  if (code === 'batcher_closed') return new GrpcStatusError({ status: status.UNAVAILABLE, ...rest });
  return undefined;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

function parseDetails(value: string | Buffer | undefined): { details: Record<string, unknown>; nextStep?: string } {
  if (!Buffer.isBuffer(value)) return { details: {} };
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return { details: {} };
    const details = 'details' in parsed && isRecord(parsed.details) ? parsed.details : {};
    return 'nextStep' in parsed && typeof parsed.nextStep === 'string'
      ? { details, nextStep: parsed.nextStep }
      : { details };
  } catch {
    return { details: {} }; // another kind of server used the same key for something else
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
