/** What a handler is told about its call. */
import type { Metadata } from '@grpc/grpc-js';
import { GrpcStatusError, status } from './status.ts';

/** What every kind of call of grpc-js has. */
export interface ServerCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  getPeer(): string;
  once(event: 'cancelled', listener: () => void): unknown;
}

/** One call, seen from its handler. */
export class CallContext {
  readonly metadata: Metadata;
  readonly #call: ServerCall;
  readonly #alsoEndedBy: AbortSignal | undefined;
  #signal: AbortSignal | undefined;

  /** @throws GrpcStatusError RESOURCE_EXHAUSTED when the metadata is larger than allowed (grpc-js has no such limit). */
  constructor(call: ServerCall, maxMetadataBytes: number, alsoEndedBy?: AbortSignal) {
    this.metadata = call.metadata;
    this.#call = call;
    this.#alsoEndedBy = alsoEndedBy;
    const bytes = metadataBytes(call.metadata);
    if (bytes <= maxMetadataBytes) return;
    throw new GrpcStatusError({
      status: status.RESOURCE_EXHAUSTED,
      code: 'metadata_too_large',
      message: `the call's metadata has ${bytes} bytes, more than ${maxMetadataBytes}`,
    });
  }

  /**
   * Aborted when nobody waits for the answer any more: the caller cancelled, went away, or its deadline passed; for a
   * stream of answers also when the server stops. Made on first use: most handlers never ask.
   */
  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  /** When the caller gives up, in milliseconds since 1970; Infinity when it never does. */
  get deadlineMs(): number {
    const deadline = this.#call.getDeadline();
    return deadline instanceof Date ? deadline.getTime() : deadline;
  }

  /** Address and port of the caller. */
  get peer(): string {
    return this.#call.getPeer();
  }

  #makeSignal(): AbortSignal {
    const gone = new AbortController();
    if (this.#call.cancelled) gone.abort();
    else this.#call.once('cancelled', () => gone.abort());
    return this.#alsoEndedBy === undefined ? gone.signal : AbortSignal.any([gone.signal, this.#alsoEndedBy]);
  }
}

/** W3C traceparent that the caller sent. */
export function traceparentOfCall(call: ServerCall): string | undefined {
  const [value] = call.metadata.get('traceparent');
  return typeof value === 'string' ? value : undefined;
}

/** As HTTP/2 counts a header list, without its fixed 32 bytes per entry. */
function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata.getMap())) bytes += key.length + value.length;
  return bytes;
}
