/**
 * Streams from the caller's side: messages as async iterables, failures as GrpcStatusError, back pressure in both
 * directions, and nothing left open when the reader leaves.
 */
import type { Message } from '@bufbuild/protobuf';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { fromWire } from './status.ts';

/** A bidirectional stream as its caller sees it. */
export interface BidiStream<Request, Response> {
  /** Sends one message; resolves when there is room for the next. Sends nothing once the stream has ended. */
  send(request: Request): Promise<void>;
  /** What the server sends, to be read once. Ends with the stream; throws GrpcStatusError when that failed. */
  readonly responses: AsyncIterable<Response>;
  /** Nothing more will be sent; the server may still answer. */
  end(): void;
  /** Ends it at once. */
  cancel(): void;
}

/** Cancels a call when the signal says so; answers how to forget that. */
export function cancelOn(signal: AbortSignal | undefined, call: { cancel(): void }): () => void {
  if (signal === undefined) return () => {};
  const cancel = (): void => call.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

/** Opens a stream of answers when reading begins, and cancels it when reading ends. */
export async function* readAll(
  open: () => ClientReadableStream<Message>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Message> {
  const stream = open();
  const release = cancelOn(signal, stream);
  try {
    for await (const message of stream) yield message;
  } catch (error) {
    throw fromWire(error);
  } finally {
    release();
    stream.on('error', () => {}); // cancelling what has not ended reports CANCELLED, for which nobody waits
    stream.cancel();
  }
}

/** Wraps a bidirectional call. */
export function openBidi<Init>(
  stream: ClientDuplexStream<Message, Message>,
  toMessage: (init: Init) => Message,
  signal: AbortSignal | undefined,
): BidiStream<Init, Message> {
  const release = cancelOn(signal, stream);
  let failure: unknown;
  let ended = false;
  // The stream may fail before anyone reads the responses; unheard, that would end the process.
  stream.on('error', (error) => {
    failure = error;
  });
  stream.on('status', () => {
    ended = true;
    release();
  });
  return {
    send: (init) => {
      if (ended || stream.writableEnded || stream.destroyed) return Promise.resolve();
      return stream.write(toMessage(init)) ? Promise.resolve() : roomIn(stream);
    },
    responses: responsesOf(stream, () => failure),
    end: () => {
      stream.end();
    },
    cancel: () => stream.cancel(),
  };
}

async function* responsesOf(
  stream: ClientDuplexStream<Message, Message>,
  failure: () => unknown,
): AsyncGenerator<Message> {
  try {
    if (failure() !== undefined) throw failure();
    for await (const message of stream) yield message;
  } catch (error) {
    throw fromWire(failure() ?? error);
  } finally {
    stream.cancel();
  }
}

function roomIn(stream: ClientDuplexStream<Message, Message>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('status', done);
      resolve();
    };
    stream.once('drain', done).once('close', done).once('status', done);
  });
}
