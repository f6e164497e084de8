/** What the store answers and throws, as gRPC statuses: the table stands in `eventstore.proto`, above the service. */
import type { CodedError } from '@eventstream/platform';
import { GrpcStatusError, status } from '@eventstream/platform/grpc';
import { type AppendOutcome, StoreOverloaded, StoreUnavailable, UnknownLog } from '../port.ts';
import { MalformedMessage } from './from-message.ts';

/** A write that was not stored, as the status of a unary call. */
export function statusOfOutcome(outcome: Exclude<AppendOutcome, { kind: 'appended' }>): GrpcStatusError {
  switch (outcome.kind) {
    case 'conflict': {
      const { stream, expected, actual } = outcome;
      return new GrpcStatusError({
        status: status.ABORTED,
        code: 'conflict',
        message: `${stream} is at revision ${actual}, not at ${expected}`,
        details: { stream, expected, actual },
        nextStep: 'read the stream again, decide again, and append with its revision',
      });
    }
    case 'idReused':
      return new GrpcStatusError({
        status: status.ALREADY_EXISTS,
        code: 'id-reused',
        message: `event ${outcome.eventId} is stored with other content, or only some of the write's events are stored`,
        details: { eventId: outcome.eventId },
        nextStep: 'read the stream again and decide again; a new event needs a new id',
      });
    case 'refused':
      return statusOfRefusal(outcome);
  }
}

/** What can never be taken as it is: INVALID_ARGUMENT, or NOT_FOUND for a log nobody knows. */
export function statusOfRefusal(refusal: {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly nextStep?: string | undefined;
}): GrpcStatusError {
  return new GrpcStatusError({
    status: refusal.code === 'unknown-log' ? status.NOT_FOUND : status.INVALID_ARGUMENT,
    code: refusal.code,
    message: refusal.message,
    details: refusal.field === undefined ? {} : { field: refusal.field },
    nextStep: refusal.nextStep,
  });
}

/** Whatever the store threw, as a status; what it never throws on purpose comes back as it is. */
export function storeStatusOf(error: unknown): unknown {
  if (error instanceof MalformedMessage) return statusOfRefusal(error);
  if (error instanceof UnknownLog)
    return statusOfRefusal({ code: 'unknown-log', message: error.message, nextStep: error.nextStep });
  if (error instanceof StoreOverloaded) return withStatus(status.RESOURCE_EXHAUSTED, error);
  if (error instanceof StoreUnavailable) return withStatus(status.UNAVAILABLE, error);
  return error;
}

function withStatus(grpcStatus: status, error: CodedError): GrpcStatusError {
  const { code, message, details, nextStep } = error;
  return new GrpcStatusError({ status: grpcStatus, code, message, details, nextStep, cause: error });
}
