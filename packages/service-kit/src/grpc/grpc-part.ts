/** A gRPC server as a part of a process. */
import type { Part } from '@eventstream/platform';
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from '@eventstream/platform/grpc';

/** Starts and stops a server. Stopping finishes the calls in hand. */
export function grpcPart(options: GrpcServerOptions): Part {
  let server: GrpcServer | undefined;
  return {
    name: 'grpc',
    checks: [],
    start: async () => {
      server = await startGrpcServer(options);
      options.logger.info({ address: options.address, port: server.port }, 'grpc is served');
    },
    stop: async () => server?.stop(),
  };
}
