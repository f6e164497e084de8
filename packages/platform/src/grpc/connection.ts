/** One connection to one server, made on first use and again by itself, and the calls over it. */
import { create, type DescMethod, type Message } from '@bufbuild/protobuf';
import { type ChannelOptions, Client, credentials, Metadata, type CallOptions as WireOptions } from '@grpc/grpc-js';
import { currentTraceparent, isTracing, withSpan } from '../telemetry/trace.ts';
import { type BidiStream, cancelOn, openBidi, readAll } from './client-stream.ts';
import { type GrpcMethod, methodDefinition } from './definition.ts';
import { fromWire, GrpcStatusError, status } from './status.ts';

/** How one call is made. */
export interface CallOptions {
  /** The call fails with DEADLINE_EXCEEDED after this. Unary calls: the client's default; streams: never. */
  readonly timeoutMs?: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** Sent along; `traceparent` is added. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How a client behaves. */
export interface GrpcClientOptions {
  /** Deadline of a unary call that names none. Default 10,000. */
  readonly timeoutMs?: number;
}

type Init = Record<string, unknown>;

/** A connection; client.ts gives its calls their types. */
export class Connection {
  readonly #client: Client;
  readonly #target: string;
  readonly #timeoutMs: number;

  constructor(target: string, options: GrpcClientOptions) {
    this.#target = target;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#client = new Client(target, credentials.createInsecure(), channelOptions);
  }

  /** A function that makes unary calls of `method`. */
  unary(method: DescMethod): (request: Init, options?: CallOptions) => Promise<Message> {
    const definition = methodDefinition(method);
    const attributes = { 'server.address': this.#target };
    return (request, options = {}) => {
      const send = (): Promise<Message> => this.#sendUnary(definition, create(method.input, request), options);
      return isTracing() ? withSpan(definition.path, { kind: 'client', attributes }, send) : send();
    };
  }

  /** A function that makes server-streaming calls of `method`. Leaving the iteration cancels the call. */
  serverStream(method: DescMethod): (request: Init, options?: CallOptions) => AsyncIterable<Message> {
    const { path, requestSerialize, responseDeserialize } = methodDefinition(method);
    return (request, options = {}) => {
      const wire = wireOptions(options.timeoutMs);
      const message = create(method.input, request);
      const metadata = metadataOf(options);
      const open = () =>
        this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message, metadata, wire);
      return readAll(open, options.signal);
    };
  }

  /** A function that opens bidirectional calls of `method`. */
  bidi(method: DescMethod): (options?: CallOptions) => BidiStream<Init, Message> {
    const { path, requestSerialize, responseDeserialize } = methodDefinition(method);
    return (options = {}) => {
      const wire = wireOptions(options.timeoutMs);
      const metadata = metadataOf(options);
      const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, wire);
      return openBidi(stream, (init: Init) => create(method.input, init), options.signal);
    };
  }

  /** Resolves once connected. @throws GrpcStatusError UNAVAILABLE after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error === undefined) resolve();
        else reject(notConnected(this.#target, timeoutMs, error));
      });
    });
  }

  /** Closes the connection; calls under way fail. */
  close(): void {
    this.#client.close();
  }

  #sendUnary(method: GrpcMethod, request: Message, options: CallOptions): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = method;
    const wire = wireOptions(options.timeoutMs ?? this.#timeoutMs);
    const metadata = metadataOf(options);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        wire,
        (error, response) => {
          release();
          if (response === undefined || error !== null) reject(fromWire(error ?? new Error('no answer')));
          else resolve(response);
        },
      );
      const release = cancelOn(options.signal, call);
    });
  }
}

const channelOptions: ChannelOptions = {
  'grpc.max_send_message_length': 4 * 1024 * 1024,
  // Answers come from services of ours, and one event may be large.
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // What may be on its way before we have said that we took it. With the usual 64 kB a page of a log, a megabyte at most,
  // waits on its way for us to say so again and again, while neither side works.
  'grpc-node.flow_control_window': 1024 * 1024,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // The library waits up to two minutes; a service that restarts should be found again within a second or two.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // A proxy in the environment is for the web, not for our own services.
  'grpc.enable_http_proxy': 0,
};

function wireOptions(timeoutMs: number | undefined): WireOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function metadataOf(options: CallOptions): Metadata {
  const metadata = new Metadata();
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
  return metadata;
}

function notConnected(target: string, timeoutMs: number, cause: Error): GrpcStatusError {
  return new GrpcStatusError({
    status: status.UNAVAILABLE,
    code: 'grpc_not_connected',
    message: `no connection to ${target} within ${timeoutMs} ms`,
    nextStep: 'check that the service runs and that the address is right',
    cause,
  });
}
