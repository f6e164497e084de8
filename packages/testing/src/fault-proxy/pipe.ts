/** One direction of one connection: bytes in order, as late, as slowly or as little as its fault wants. */
import type { Socket } from 'node:net';
import type { Direction, LinkFault } from './link-fault.ts';

/** Read but not yet handed on; beyond it the sender has to wait, as on a real network. */
const heldBytesMax = 1024 * 1024;

interface Piece {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** What a pipe belongs to. */
export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly random: () => number;
  /** Told of bytes before they are handed on; answers how many of them may be: fewer are the last. */
  readonly count: (bytes: number) => number;
}

/** Hands on what `from` sends to `to`, and its end. */
export class Pipe {
  readonly #options: PipeOptions;
  #fault: LinkFault | undefined;
  #held: Piece[] = [];
  #heldBytes = 0;
  #dueMs = 0;
  #ended = false;
  #full = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
    const { from, to } = options;
    from.on('data', (bytes) => this.#hold(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)));
    from.on('end', () => {
      this.#ended = true;
      this.#pump();
    });
    to.on('drain', () => {
      this.#full = false;
      this.#pump();
    });
  }

  /** From now on. */
  suffer(fault: LinkFault | undefined): void {
    this.#fault = fault;
    // What was to be late under the fault before is not late any more.
    this.#dueMs = performance.now();
    this.#held = this.#held.map(({ bytes }) => ({ bytes, dueMs: this.#dueMs }));
    this.#pump();
  }

  #hold(bytes: Buffer): void {
    this.#dueMs = this.#dueOf(bytes);
    this.#held.push({ bytes, dueMs: this.#dueMs });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= heldBytesMax) this.#options.from.pause();
    this.#pump();
  }

  /** Never before what came before it. */
  #dueOf(bytes: Buffer): number {
    const nowMs = performance.now();
    const fault = this.#fault;
    if (fault?.kind === 'narrow') return Math.max(this.#dueMs, nowMs) + (bytes.length / fault.bytesPerSecond) * 1_000;
    const lateMs = fault?.kind === 'slow' ? fault.ms + this.#options.random() * fault.jitterMs : 0;
    return Math.max(this.#dueMs, nowMs + lateMs);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const { to, from } = this.#options;
    while (!this.#isSilent() && !this.#full && !to.destroyed) {
      const [next] = this.#held;
      if (next === undefined) break;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs);
        return;
      }
      this.#held.shift();
      this.#heldBytes -= next.bytes.length;
      this.#handOn(next.bytes);
      if (this.#heldBytes < heldBytesMax) from.resume();
    }
    if (this.#ended && this.#held.length === 0 && !this.#isSilent() && !to.destroyed) to.end();
  }

  #handOn(bytes: Buffer): void {
    const allowed = this.#options.count(bytes.length);
    const part = allowed < bytes.length ? bytes.subarray(0, allowed) : bytes;
    if (part.length > 0) this.#full = !this.#options.to.write(part);
  }

  #isSilent(): boolean {
    if (this.#fault?.kind === 'halfOpen') return true;
    if (this.#fault?.kind !== 'silent') return false;
    return this.#fault.direction === 'both' || this.#fault.direction === this.#options.direction;
  }
}
