/** The gRPC transport: endpoints as unary methods, problems as statuses. */
export { grpcService } from './service.ts';
export { unary } from './unary.ts';
