/** A gRPC server with limits, health, reflection, and a stop that finishes what is in hand. */

import { setTimeout as wait } from 'node:timers/promises';
import type { DescMethod, Message } from '@bufbuild/protobuf';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  setLogVerbosity,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { CodedError } from '../coded-error.ts';
import { awaitFreePort } from '../held-port.ts';
import { portTaken } from '../port-taken.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CallsInHand } from './calls-in-hand.ts';
import { grpcDefinition } from './definition.ts';
import type { Implementation } from './handlers.ts';
import { reflectionOf } from './reflection.ts';
import { answerMany, answerOne, converse, type Handling } from './server-call.ts';
import { UntakenAnswers, type UntakenLimits } from './untaken-answers.ts';

/** How a server is started. */
export interface GrpcServerOptions {
  /** IP address to listen on. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Name of the setting that moves the port, for the message when it is taken. Default GRPC_PORT. */
  readonly portSetting?: string;
  /** Made by `implement`. */
  readonly implementations: readonly Implementation[];
  readonly logger: Logger;
  readonly limits?: Partial<GrpcServerLimits>;
}

/** What a server accepts. */
export interface GrpcServerLimits extends UntakenLimits {
  /** Largest message that a client may send. Default 4 MiB. */
  readonly maxMessageBytes: number;
  /** Largest message that is answered. Default 4 MiB. */
  readonly maxAnswerBytes: number;
  /** Largest metadata of a call. Default 8 KiB. */
  readonly maxMetadataBytes: number;
  /** Calls at once on one connection. Default 1,000. */
  readonly maxStreamsPerConnection: number;
}

/** A running server. */
export interface GrpcServer {
  readonly port: number;
  /**
   * Tells whoever watches its health, takes no new calls, tells streams to end, gives calls in hand 5 s, then cuts them.
   * May be called again.
   */
  stop(): Promise<void>;
}

/** Calls in hand get this long to finish when the server stops. */
const stopPatienceMs = 5_000;
/** After the last call, its answer gets this long to leave. */
const flushMs = 200;
const defaultLimits: GrpcServerLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxAnswerBytes: 4 * 1024 * 1024,
  maxMetadataBytes: 8 * 1024,
  maxStreamsPerConnection: 1_000,
  // A client that reads a log ahead has up to 12 MB under way.
  maxUntakenBytesPerConnection: 32 * 1024 * 1024,
  maxUntakenBytes: 128 * 1024 * 1024,
};

/** Starts a server. @throws CodedError `port_taken` that names port and setting, or `port_held`. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const stopping = new AbortController();
  const inHand = new CallsInHand();
  const untaken = new UntakenAnswers(limits, options.logger);
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_send_message_length': limits.maxAnswerBytes,
    'grpc.max_concurrent_streams': limits.maxStreamsPerConnection,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  for (const implementation of options.implementations) {
    addService(server, implementation, { limits, options, inHand, untaken, stopping: stopping.signal });
  }
  const services = options.implementations.map((one) => one.service);
  const names = ['', ...services.map((service) => service.typeName)];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'SERVING' as const])));
  health.addToServer(server);
  reflectionOf(services).addToServer(server);
  const port = await bind(server, options);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      for (const name of names) health.setStatus(name, 'NOT_SERVING');
      stopping.abort();
      await shutDown(server, inHand);
    })();
    return stopped;
  };
  return { port, stop };
}

interface Surroundings {
  readonly options: GrpcServerOptions;
  readonly limits: GrpcServerLimits;
  readonly inHand: CallsInHand;
  readonly untaken: UntakenAnswers;
  readonly stopping: AbortSignal;
}

function addService(server: Server, { service, handlers, reads }: Implementation, around: Surroundings): void {
  const calls: Record<string, UntypedHandleCall> = {};
  for (const method of service.methods) {
    const handler = handlers.get(method.localName);
    if (handler === undefined)
      throw new CodedError('grpc_handler', `${service.typeName} has no handler for ${method.name}`);
    calls[method.localName] = handleCall(method, {
      method,
      handler,
      isRead: reads.has(method.localName),
      logger: around.options.logger,
      inHand: around.inHand,
      untaken: around.untaken,
      stopping: around.stopping,
      maxMetadataBytes: around.limits.maxMetadataBytes,
    });
  }
  server.addService(grpcDefinition(service), calls);
}

function handleCall(method: DescMethod, handling: Handling): UntypedHandleCall {
  switch (method.methodKind) {
    case 'unary':
      return (call: ServerUnaryCall<Message, Buffer>, answer: sendUnaryData<Buffer>) => {
        answerOne(handling, call).then((encoded) => answer(null, encoded), answer);
      };
    case 'client_streaming':
      // Nobody needs one yet; the type of handlers says so as well.
      throw new CodedError('grpc_handler', `${method.name} is a stream of requests with one answer: none is served`);
    case 'server_streaming':
      return (call: ServerWritableStream<Message, Buffer>) => void answerMany(handling, call);
    case 'bidi_streaming':
      return (call: ServerDuplexStream<Message, Buffer>) => void converse(handling, call);
  }
}

/** 50051 and 50052, the usual ports, are among those that Linux gives to connections that go out. */
async function bind(server: Server, options: GrpcServerOptions): Promise<number> {
  const { address, port, logger } = options;
  const onHeld = (): void =>
    logger.warn({ port }, 'the port is held by a connection that goes out from it; waiting for it');
  try {
    // Before the server binds: grpc-js gives one that has failed the same answer again.
    if (port !== 0) await awaitFreePort({ host: address, port, onHeld });
    return await bindNow(server, address, port);
  } catch (error) {
    throw portTaken(error, port, options.portSetting ?? 'GRPC_PORT');
  }
}

function bindNow(server: Server, address: string, wanted: number): Promise<number> {
  setLogVerbosity(logVerbosity.NONE); // it writes plain text to stderr; what matters reaches us as errors
  const host = address.includes(':') ? `[${address}]` : address;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${wanted}`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

async function shutDown(server: Server, inHand: CallsInHand): Promise<void> {
  const allClosed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const callsDone = inHand.none().then(() => wait(flushMs, undefined, { ref: false }));
  await Promise.race([allClosed, callsDone, wait(stopPatienceMs, undefined, { ref: false })]);
  server.forceShutdown();
}
