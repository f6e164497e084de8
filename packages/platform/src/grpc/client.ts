/**
 * Calls a gRPC service with types that follow from its descriptor. One connection for all calls, made on first use and
 * again by itself; every unary call has a deadline.
 */
import type {
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { BidiStream } from './client-stream.ts';
import { type CallOptions, Connection, type GrpcClientOptions } from './connection.ts';

/** How a method is called. */
export type CallerOf<Method> =
  Method extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : Method extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : Method extends DescMethodBiDiStreaming<infer I, infer O>
        ? (options?: CallOptions) => BidiStream<MessageInitShape<I>, MessageShape<O>>
        : never;

/** The methods of a service, by local name. Failures are GrpcStatusError. */
export type Calls<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: CallerOf<Service['method'][Name]>;
};

/** A connection to one service. */
export interface GrpcClient<Service extends DescService> {
  readonly calls: Calls<Service>;
  /** Resolves once connected. @throws GrpcStatusError UNAVAILABLE after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  /** Closes the connection; calls under way fail. */
  close(): void;
}

/** A client of `service` at `target` (`127.0.0.1:50051`). Nothing is connected before the first call. */
export function grpcClient<Service extends DescService>(
  service: Service,
  target: string,
  options: GrpcClientOptions = {},
): GrpcClient<Service> {
  const connection = new Connection(target, options);
  return {
    calls: callsOf(service, connection),
    ready: (timeoutMs) => connection.ready(timeoutMs),
    close: () => connection.close(),
  };
}

type ErasedCall =
  | ReturnType<Connection['unary']>
  | ReturnType<Connection['serverStream']>
  | ReturnType<Connection['bidi']>;

/**
 * One function per method. The first line is what callers see: descriptor and types are generated from the same .proto
 * file, so the functions made from the one fit the other, which the compiler cannot follow through a loop.
 */
function callsOf<Service extends DescService>(service: Service, connection: Connection): Calls<Service>;
function callsOf(service: DescService, connection: Connection): Record<string, ErasedCall> {
  const calls: Record<string, ErasedCall> = {};
  for (const method of service.methods) {
    switch (method.methodKind) {
      case 'unary':
        calls[method.localName] = connection.unary(method);
        break;
      case 'server_streaming':
        calls[method.localName] = connection.serverStream(method);
        break;
      case 'bidi_streaming':
        calls[method.localName] = connection.bidi(method);
        break;
      case 'client_streaming':
        break; // nobody needs one yet; the type says so as well
    }
  }
  return calls;
}
