/** How a method is implemented: an async function per method, with types that follow from the service's descriptor. */
import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { CallContext } from './call-context.ts';
import type { EncodedMessage } from './encoded-message.ts';

/** A bidirectional stream as its handler sees it. */
export interface BidiCall<Input, Output> {
  /** What the caller sends. Ends when it has finished, is gone, or the server is stopping. */
  readonly requests: AsyncIterable<Input>;
  /** Sends one message; resolves when there is room for the next. To a caller that is gone it sends nothing. */
  send(message: Output): Promise<void>;
}

/** One request, one answer. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => Promise<MessageInitShape<O> | EncodedMessage<O>>;

/** One request, many answers: an async generator, run only as fast as the caller reads. */
export type ServerStreamHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<O>>;

/** Requests and answers independently; the call ends when the handler returns. */
export type BidiHandler<I extends DescMessage, O extends DescMessage> = (
  call: BidiCall<MessageShape<I>, MessageInitShape<O>>,
  context: CallContext,
) => Promise<void>;

/** The handler that a method needs. Nobody needs a stream of requests with one answer yet, so it has none. */
export type HandlerOf<Method> =
  Method extends DescMethodUnary<infer I, infer O>
    ? UnaryHandler<I, O>
    : Method extends DescMethodServerStreaming<infer I, infer O>
      ? ServerStreamHandler<I, O>
      : Method extends DescMethodBiDiStreaming<infer I, infer O>
        ? BidiHandler<I, O>
        : never;

/** A handler for each method of a service, by local name: a missing one does not compile. */
export type Handlers<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: HandlerOf<Service['method'][Name]>;
};

/** A handler after its types were checked and forgotten. */
export type ErasedHandler = (input: unknown, context: CallContext) => unknown;

/** A service with its handlers. Made by `implement`. */
export interface Implementation {
  readonly service: DescService;
  /** By the method's local name. */
  readonly handlers: ReadonlyMap<string, ErasedHandler>;
  /** Local names of the methods that change nothing. */
  readonly reads: ReadonlySet<string>;
}

/**
 * Joins a service with its handlers; their types are checked against each other here. `reads` names the methods that
 * change nothing: they are refused while callers do not take their answers, even when the work is done.
 */
export function implement<Service extends DescService>(
  service: Service,
  handlers: Handlers<Service>,
  reads: readonly (keyof Service['method'] & string)[] = [],
): Implementation {
  const erased = new Map<string, ErasedHandler>();
  for (const [name, handler] of Object.entries<unknown>(handlers)) {
    if (isHandler(handler)) erased.set(name, handler);
  }
  return { service, handlers: erased, reads: new Set(reads) };
}

function isHandler(value: unknown): value is ErasedHandler {
  return typeof value === 'function';
}
