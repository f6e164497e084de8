/**
 * Runs one call: hands the request to the handler inside the caller's trace, sends what it answers, turns what it
 * throws into a status, and counts both.
 */
import { on } from 'node:events';
import { create, type DescMessage, type DescMethod, type Message } from '@bufbuild/protobuf';
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { CodedError } from '../coded-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { histogram } from '../telemetry/metrics.ts';
import { withParent, withSpan } from '../telemetry/trace.ts';
import { CallContext, traceparentOfCall } from './call-context.ts';
import type { CallsInHand } from './calls-in-hand.ts';
import { encode, pathOf } from './definition.ts';
import { EncodedMessage } from './encoded-message.ts';
import type { BidiCall, ErasedHandler } from './handlers.ts';
import { GrpcStatusError, knownStatus, status, WireError } from './status.ts';
import type { UntakenAnswers } from './untaken-answers.ts';

/** A method with its handler, and what every call of its server shares. */
export interface Handling {
  readonly method: DescMethod;
  readonly handler: ErasedHandler;
  /** It changes nothing, and may be refused after it was done. */
  readonly isRead: boolean;
  readonly logger: Logger;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly maxMetadataBytes: number;
  readonly inHand: CallsInHand;
  readonly untaken: UntakenAnswers;
}

const handlingSeconds = histogram(
  'grpc_server_handling_seconds',
  'Time from a request to its one answer; streams of answers are not timed',
  ['method', 'code'],
);

/** Handles a call with one answer. @throws WireError with the status to send. */
export async function answerOne(handling: Handling, call: ServerUnaryCall<unknown, Buffer>): Promise<Buffer> {
  const { method, handler, isRead, untaken } = handling;
  const path = pathOf(method);
  const end = handlingSeconds.startTimer({ method: path });
  const leave = handling.inHand.enter();
  let code = status.OK;
  try {
    const peer = call.getPeer();
    if (isRead) untaken.mustHaveRoom(peer);
    const context = new CallContext(call, handling.maxMetadataBytes);
    const parent = traceparentOfCall(call);
    const run = async (): Promise<unknown> => handler(call.request, context);
    // A call without a trace begins none: most are polls, and what is worth a trace begins it in the handler.
    const answer = await (parent === undefined ? run() : withSpan(path, { kind: 'server', parent }, run));
    const encoded = encodedFrom(method.output, answer);
    if (isRead) untaken.mustHaveRoom(peer); // many may have been admitted while there was room for a few
    // Said of every call once it has ended, also of one whose answer was taken.
    if (!call.cancelled) call.once('cancelled', untaken.hold(peer, encoded.byteLength));
    return encoded;
  } catch (error) {
    const failure = statusFor(error, handling);
    code = failure.status;
    throw new WireError(failure);
  } finally {
    leave();
    end({ code: status[code] });
  }
}

/**
 * Sends all that the handler's generator yields, no faster than the caller reads: while one answer waits to be taken, the
 * next one is made, and no more.
 */
export async function answerMany(handling: Handling, call: ServerWritableStream<unknown, Buffer>): Promise<void> {
  const { method, isRead, untaken } = handling;
  await finishing(handling, call, async () => {
    const peer = call.getPeer();
    const context = new CallContext(call, handling.maxMetadataBytes, handling.stopping);
    const answers = withParent(traceparentOfCall(call), () => handling.handler(call.request, context));
    if (!isAsyncIterable(answers)) throw new CodedError('grpc_handler', 'this method must answer an async iterable');
    let left = Promise.resolve();
    for await (const answer of answers) {
      if (context.signal.aborted) return;
      if (isRead) untaken.mustHaveRoom(peer);
      const encoded = encodedFrom(method.output, answer);
      const release = untaken.hold(peer, encoded.byteLength);
      await left;
      left = send(call, encoded).then(release);
    }
  });
}

/** Runs a handler that reads and sends as it likes; the call ends with it. */
export async function converse(handling: Handling, call: ServerDuplexStream<Message, Buffer>): Promise<void> {
  await finishing(handling, call, async () => {
    const context = new CallContext(call, handling.maxMetadataBytes);
    const ended = AbortSignal.any([handling.stopping, context.signal]);
    const bidi: BidiCall<unknown, unknown> = {
      requests: requestsOf(call, ended),
      send: sender(call, handling.method.output),
    };
    await withParent(traceparentOfCall(call), async () => handling.handler(bidi, context));
  });
}

/** The requests of a conversation, with back pressure. Ends when the caller has finished, or once `ended` is aborted. */
async function* requestsOf(call: ServerDuplexStream<Message, Buffer>, ended: AbortSignal): AsyncGenerator {
  if (ended.aborted) return;
  try {
    // Not the stream's own iterator: that one destroys the stream when it is left early, and with it our answers.
    const events = on(call, 'data', { close: ['end', 'close'], signal: ended, highWaterMark: 64, lowWaterMark: 16 });
    for await (const [request] of events) yield request;
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

/** Runs a streaming handler and ends the call with its status. */
async function finishing(
  handling: Handling,
  call: ServerWritableStream<unknown, Buffer> | ServerDuplexStream<Message, Buffer>,
  run: () => Promise<void>,
): Promise<void> {
  const leave = handling.inHand.enter();
  let failure: GrpcStatusError | undefined;
  try {
    await run();
    if (handling.stopping.aborted) failure = stoppingStatus();
  } catch (error) {
    failure = handling.stopping.aborted ? stoppingStatus() : statusFor(error, handling);
  } finally {
    leave();
  }
  if (call.cancelled || call.destroyed) return;
  if (failure === undefined) call.end();
  else call.emit('error', new WireError(failure));
}

function stoppingStatus(): GrpcStatusError {
  return new GrpcStatusError({
    status: status.UNAVAILABLE,
    code: 'server_stopping',
    message: 'the server is stopping',
    nextStep: 'connect again',
  });
}

/**
 * The status to answer with. What nobody expected is logged here and told to nobody else. Its code, like every code of the
 * server itself, is written as codes are written here (`server_stopping`): the server serves event store and orders alike, and
 * knows nothing of the problems (`internal-error`) that only ordersvc answers with.
 */
function statusFor(error: unknown, handling: Handling): GrpcStatusError {
  const known = knownStatus(error);
  if (known !== undefined) return known;
  handling.logger.error({ err: error, method: pathOf(handling.method) }, 'a handler failed unexpectedly');
  return new GrpcStatusError({ status: status.INTERNAL, code: 'internal', message: 'internal error' });
}

/** Writes an answer; resolves when it has left, or the caller is gone. */
function send(call: ServerWritableStream<unknown, Buffer>, encoded: Buffer): Promise<void> {
  if (call.cancelled || call.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('close', done).off('cancelled', done);
      resolve();
    };
    call.once('close', done).once('cancelled', done);
    call.write(encoded, done);
  });
}

/** Writes messages; resolves when there is room for the next. Once the caller is gone it writes nothing. */
function sender(call: ServerDuplexStream<Message, Buffer>, schema: DescMessage): (message: unknown) => Promise<void> {
  let room: Promise<void> | undefined;
  return (message) => {
    if (call.cancelled || call.destroyed) return Promise.resolve();
    if (call.write(encodedFrom(schema, message))) return Promise.resolve();
    room ??= new Promise((resolve) => {
      const done = (): void => {
        room = undefined;
        call.off('drain', done).off('close', done).off('cancelled', done);
        resolve();
      };
      call.once('drain', done).once('close', done).once('cancelled', done);
    });
    return room;
  };
}

function encodedFrom(schema: DescMessage, init: unknown): Buffer {
  const isEncoded = init instanceof EncodedMessage;
  if (isEncoded && init.schema === schema) return init.bytes;
  // Taken for a message of this schema, another one that is encoded would be one without any field.
  if (isEncoded || !isRecord(init)) throw new CodedError('grpc_handler', `a handler must answer a ${schema.typeName}`);
  return encode(schema, create(schema, init));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
