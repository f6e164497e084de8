/**
 * The life of the log that one reader (a follower, or a worker's consumer) is in. Promises: a delivery out of another
 * life is never taken in, a reader that does not belong to the store's log halts, and its operators are told once per
 * reason, with the way out.
 */
import type { Incarnation, LogHead, LogName, Position } from '@eventstream/contracts';
import type { Logger, Ready } from '@eventstream/platform';
import { foreignDelivery, judgeLife, type ReaderHalt, type Remembered } from './judge-life.ts';
import type { WaitsFor } from './pause.ts';

/** Whose life it is. */
export interface LogLifeParts {
  readonly kind: 'follower' | 'consumer';
  readonly name: string;
  readonly log: LogName;
  readonly logger: Logger;
  /** Called each time that a reason to stand still is found: from then on the reader must take nothing in. */
  readonly halted: () => void;
}

/** How long a halted reader waits before it looks whether somebody has led it out. */
export const haltedMs = 5_000;

/** Which life a reader is in, or why it is in none. */
export class LogLife {
  readonly #parts: LogLifeParts;
  #current: Incarnation | undefined;
  #halt: ReaderHalt | undefined;

  constructor(parts: LogLifeParts) {
    this.#parts = parts;
  }

  /** The life that is being read; undefined until the beginning, and while halted. */
  get current(): Incarnation | undefined {
    return this.#current;
  }

  /** Why the reader stands still. */
  get halt(): ReaderHalt | undefined {
    return this.#halt;
  }

  /** Whether a reader that remembers this may begin at a log with this head. If not, it halts. */
  mayBegin(head: LogHead, remembered: Remembered): boolean {
    const halt = judgeLife(head, remembered);
    if (halt !== undefined) this.#haltFor(halt);
    return halt === undefined;
  }

  /** From now on this life is read. */
  begin(incarnation: Incarnation): void {
    this.#current = incarnation;
    this.#halt = undefined;
  }

  /** The reader has to begin again, without being halted. */
  leave(): void {
    this.#current = undefined;
  }

  /** Whether the store is still in this life, and not behind what was reached in it. If not, the reader halts. */
  isSound(head: LogHead, reached: Position): boolean {
    return this.mayBegin(head, { position: reached, incarnation: this.#current });
  }

  /** Whether a delivery out of a life may be taken in now. One out of another life than ours halts the reader. */
  admits(delivered: Incarnation): boolean {
    if (this.#current === undefined) return false;
    if (delivered === this.#current) return true;
    this.#haltFor(foreignDelivery(this.#parts.log, delivered, this.#current));
    return false;
  }

  /**
   * Whether the reader's own database still has what was written there. If not, it was reset or restored from an older
   * copy: the reader has to begin again where it is now, or it would skip what was lost.
   */
  hasKept(written: Position, kept: Position | undefined): boolean {
    if (kept !== undefined && kept >= written) return true;
    this.leave();
    const { kind, name, logger } = this.#parts;
    const line = { [kind]: name, written, kept: kept ?? null };
    logger.error(line, 'the database was reset or restored from an older copy; the log is read again from there');
    return false;
  }

  /** Whether the reader reads. `waitsFor`: what does not answer it. */
  ready(waitsFor: WaitsFor | undefined): Ready {
    const { name } = this.#parts;
    if (this.#halt !== undefined)
      return { ok: false, reason: `${name} has halted: ${this.#halt.reason}`, nextStep: this.#halt.nextStep };
    if (waitsFor !== undefined) {
      const { reason, nextStep = 'it goes on by itself' } = waitsFor;
      return { ok: false, reason: `${name} waits: ${reason}`, nextStep };
    }
    return this.#current === undefined ? { ok: false, reason: `${name} has not begun yet` } : { ok: true };
  }

  #haltFor(halt: ReaderHalt): void {
    const { kind, name, logger, halted } = this.#parts;
    const isNews = this.#halt?.reason !== halt.reason;
    this.#current = undefined;
    this.#halt = halt;
    halted();
    const { reason, nextStep } = halt;
    if (isNews) logger.error({ [kind]: name, reason, nextStep }, `the ${kind} has halted`);
  }
}
