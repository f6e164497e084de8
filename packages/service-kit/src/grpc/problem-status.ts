/** Problems as gRPC statuses. The slug is the error's code, the fields at fault and the time to wait are its details. */
import { GrpcStatusError, status } from '@eventstream/platform/grpc';
import type { Problem } from '../problem.ts';

const byHttpStatus: ReadonlyMap<number, status> = new Map([
  [404, status.NOT_FOUND],
  [409, status.FAILED_PRECONDITION],
  [412, status.ABORTED],
  [429, status.RESOURCE_EXHAUSTED],
  [500, status.INTERNAL],
  [503, status.UNAVAILABLE],
]);

/** The status that says the same. Whatever else is the caller's fault is INVALID_ARGUMENT. */
export function statusOfProblem(problem: Problem): GrpcStatusError {
  const { type, detail, faults, retryAfterSeconds } = problem;
  return new GrpcStatusError({
    status: byHttpStatus.get(type.status) ?? status.INVALID_ARGUMENT,
    code: type.slug,
    message: detail,
    details: {
      ...(faults.length === 0 ? {} : { errors: faults }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
    ...(retryAfterSeconds === undefined ? {} : { nextStep: `ask again in ${retryAfterSeconds} s` }),
    cause: problem.cause,
  });
}
