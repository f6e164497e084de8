/** The gRPC transport: endpoints as unary methods, problems as statuses. */
export { grpcPart } from './grpc-part.ts';
export { unary } from './unary.ts';
