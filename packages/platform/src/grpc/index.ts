/** gRPC for services: a server with limits, health and reflection; a typed client; errors that keep their code. */
export { CallContext } from './call-context.ts';
export { type CallerOf, type Calls, type GrpcClient, grpcClient } from './client.ts';
export type { BidiStream } from './client-stream.ts';
export type { CallOptions, GrpcClientOptions } from './connection.ts';
export { grpcDefinition } from './definition.ts';
export { type EncodedMessage, encodeWithBytes } from './encoded-message.ts';
export {
  type BidiCall,
  type BidiHandler,
  type HandlerOf,
  type Handlers,
  type Implementation,
  implement,
  type ServerStreamHandler,
  type UnaryHandler,
} from './handlers.ts';
export { type GrpcServer, type GrpcServerLimits, type GrpcServerOptions, startGrpcServer } from './server.ts';
export { type GrpcStatus, GrpcStatusError, status } from './status.ts';
