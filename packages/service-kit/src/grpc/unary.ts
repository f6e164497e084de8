/** An endpoint behind a unary gRPC method: decode, call, encode; problems become statuses with details. */
import { currentTraceparent, type Logger } from '@eventstream/platform';
import type { CallContext as GrpcCall } from '@eventstream/platform/grpc';
import type { CallContext, Endpoint } from '../endpoint.ts';
import { isProblem, type Problem } from '../problem.ts';
import { requestIdFrom } from '../request-id.ts';
import { statusOfProblem } from './problem-status.ts';

/** How a method's messages and an endpoint's types become each other. */
export interface UnaryOptions<Input, Request, Response, Output> {
  readonly logger: Logger;
  /** The request, or what is wrong with the message. */
  readonly decode: (input: Input) => Request | Problem;
  readonly encode: (response: Response) => Output;
}

/** The handler of a method that is an endpoint. Problems are thrown as `GrpcStatusError`. */
export function unary<Input, Request, Response, Output>(
  endpoint: Endpoint<Request, Response>,
  options: UnaryOptions<Input, Request, Response, Output>,
): (input: Input, call: GrpcCall) => Promise<Output> {
  return async (input, call) => {
    const request = options.decode(input);
    if (isProblem(request)) throw statusOfProblem(request);
    const response = await endpoint(request, callContext(call, options.logger));
    if (isProblem(response)) throw statusOfProblem(response);
    return options.encode(response);
  };
}

/** What is known about a gRPC call beside its request. There are no credentials yet, so nobody is proved. */
function callContext(call: GrpcCall, logger: Logger): CallContext {
  return {
    requestId: requestIdFrom(call.metadata.get('x-request-id')[0]),
    traceparent: currentTraceparent(), // of the server's own span around this call, which is in the caller's trace
    principal: undefined,
    caller: call.peer.replace(/:\d+$/, ''), // one machine is one caller, however many connections it has
    signal: call.signal,
    logger,
  };
}
