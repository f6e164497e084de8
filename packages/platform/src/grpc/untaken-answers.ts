/**
 * Counts the bytes of answers that were made and have not left, because their callers do not take them: HTTP/2 keeps each
 * in memory until its caller makes room for it. Beyond a limit, reads are refused instead of answered. Writes are
 * answered all the same: they are done, and whoever sent them must hear of it.
 */
import type { Logger } from '../telemetry/logger.ts';
import { gauge } from '../telemetry/metrics.ts';
import { GrpcStatusError, status } from './status.ts';

/** Where refusing begins. The answer that reaches a limit is still sent, so that one of any size can be. */
export interface UntakenLimits {
  /** Bytes for one connection: one caller that takes nothing must not keep the others from reading. Default 32 MiB. */
  readonly maxUntakenBytesPerConnection: number;
  /** Bytes for all connections together. The last quarter is for those that take theirs. Default 128 MiB. */
  readonly maxUntakenBytes: number;
}

/** For all but those that take theirs, so that a few callers that take nothing do not keep everybody from reading. */
const shareOfSlow = 0.75;
/** Who has no more than this of what a connection may have counts as taking its answers. */
const shareInHand = 1 / 16;

interface Connection {
  bytes: number;
  wasRefused: boolean;
}

const untakenBytes = gauge('grpc_server_untaken_bytes', 'Answers that callers have not taken yet');

/** The answers of one server that have not left. */
export class UntakenAnswers {
  readonly #limits: UntakenLimits;
  readonly #logger: Logger;
  readonly #connections = new Map<string, Connection>();
  #bytes = 0;

  constructor(limits: UntakenLimits, logger: Logger) {
    this.#limits = limits;
    this.#logger = logger;
  }

  /** @throws GrpcStatusError RESOURCE_EXHAUSTED while too much waits for this peer, or for all of them. */
  mustHaveRoom(peer: string): void {
    const connection = this.#connections.get(peer);
    if (connection !== undefined && this.#mustTakeFirst(connection)) {
      this.#warnOnce(peer, connection);
      throw notTaken(
        'this connection has',
        connection.bytes,
        'take the answers to earlier calls, or cancel those calls',
      );
    }
    if (this.#bytes >= this.#limits.maxUntakenBytes)
      throw notTaken('other callers have', this.#bytes, 'ask again later');
  }

  #mustTakeFirst({ bytes }: Connection): boolean {
    const { maxUntakenBytesPerConnection, maxUntakenBytes } = this.#limits;
    const isSlow = bytes > maxUntakenBytesPerConnection * shareInHand;
    return bytes >= maxUntakenBytesPerConnection || (isSlow && this.#bytes >= maxUntakenBytes * shareOfSlow);
  }

  /** Counts an answer until the function that is answered is called, once. */
  hold(peer: string, bytes: number): () => void {
    const connection = this.#connections.get(peer) ?? { bytes: 0, wasRefused: false };
    this.#connections.set(peer, connection);
    const add = (more: number): void => {
      connection.bytes += more;
      this.#bytes += more;
      untakenBytes.inc(more);
    };
    add(bytes);
    return () => {
      add(-bytes);
      if (connection.bytes === 0) this.#connections.delete(peer);
    };
  }

  /** Until the connection has taken everything: a caller that reads nothing may still ask without end. */
  #warnOnce(peer: string, connection: Connection): void {
    if (connection.wasRefused) return;
    connection.wasRefused = true;
    this.#logger.warn({ peer, bytes: connection.bytes }, 'a caller asks for more, and does not take what it asked for');
  }
}

function notTaken(whose: string, bytes: number, nextStep: string): GrpcStatusError {
  return new GrpcStatusError({
    status: status.RESOURCE_EXHAUSTED,
    code: 'answers_not_taken',
    message: `${whose} not taken answers of ${bytes} bytes`,
    details: { bytes },
    nextStep,
  });
}
