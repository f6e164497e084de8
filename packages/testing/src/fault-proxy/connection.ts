/** One connection through the proxy: a socket on either side and a pipe each way. */
import { connect, type Socket } from 'node:net';
import type { LinkFault } from './link-fault.ts';
import { Pipe } from './pipe.ts';

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly caller: Socket;
  readonly target: { readonly host: string; readonly port: number };
  readonly random: () => number;
  /** It is over, on both sides. */
  readonly onClosed: () => void;
}

/** A connection and what is wrong with it. */
export class Connection {
  readonly #caller: Socket;
  readonly #server: Socket;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #fault: LinkFault | undefined;
  #bytesLeft = Number.POSITIVE_INFINITY;

  constructor({ caller, target, random, onClosed }: ConnectionOptions) {
    this.#caller = caller;
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const count = (bytes: number): number => this.#count(bytes);
    this.#up = new Pipe({ from: caller, to: this.#server, direction: 'up', random, count });
    this.#down = new Pipe({ from: this.#server, to: caller, direction: 'down', random, count });
    for (const [side, other] of [
      [caller, this.#server],
      [this.#server, caller],
    ] as const) {
      side.on('error', () => this.#tell(other)); // `close` follows
      side.on('close', (failed) => {
        if (failed || other.destroyed) this.#tell(other);
        if (caller.destroyed && this.#server.destroyed) onClosed();
      });
    }
  }

  /** Undefined heals it, as far as it can be. */
  suffer(fault: LinkFault | undefined): void {
    const wasHalfOpen = this.#fault?.kind === 'halfOpen';
    const wasSilent = this.#fault?.kind === 'silent';
    this.#fault = fault;
    this.#bytesLeft = fault?.kind === 'cutAfter' ? fault.bytes : Number.POSITIVE_INFINITY;
    if (fault?.kind === 'reset' || fault?.kind === 'refuse') return this.reset();
    if (wasHalfOpen) return this.reset(); // now the caller is told
    if (fault?.kind === 'halfOpen') breakOff(this.#server);
    this.#up.suffer(fault);
    this.#down.suffer(fault);
    // What broke in silence is told now.
    if (wasSilent && (this.#caller.destroyed || this.#server.destroyed)) this.reset();
  }

  /** Breaks it off on both sides. */
  reset(): void {
    breakOff(this.#caller);
    breakOff(this.#server);
  }

  /** One side is gone: the other is told, unless the fault is that it is not. */
  #tell(other: Socket): void {
    if (this.#fault?.kind === 'silent' || this.#fault?.kind === 'halfOpen') return;
    breakOff(other);
  }

  #count(bytes: number): number {
    const allowed = Math.min(bytes, this.#bytesLeft);
    this.#bytesLeft -= allowed;
    // After this piece is written, so that what was allowed still arrives.
    if (this.#bytesLeft <= 0) setImmediate(() => this.reset());
    return allowed;
  }
}

/** With a reset, at once: a reset that is asked for waits for what is still to be written, which nobody may ever read. */
function breakOff(socket: Socket): void {
  if (socket.writableLength === 0 && !socket.connecting) socket.resetAndDestroy();
  socket.destroy();
}
