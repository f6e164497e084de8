/**
 * Waits until the read model has got to a position. All who wait share one look at the checkpoint at a time, so a
 * thousand waiting readers cost the database as much as one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Position } from '@eventstream/contracts';

/** Time between two looks: well below what a person notices, and 50 cheap statements a second at most. */
const lookEveryMs = 20;

interface Waiting {
  readonly position: Position;
  readonly settle: (reached: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Watches a checkpoint while somebody waits for it. */
export class PositionWatch {
  readonly #checkpoint: () => Promise<Position>;
  readonly #waiting = new Set<Waiting>();
  #looking = false;

  constructor(checkpoint: () => Promise<Position>) {
    this.#checkpoint = checkpoint;
  }

  /** Whether the checkpoint got there within the limit. Rejects when the checkpoint cannot be read. */
  reached(position: Position, limits: { readonly limitMs: number; readonly signal: AbortSignal }): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const release = (): void => {
        clearTimeout(timer);
        limits.signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(one);
      };
      const one: Waiting = {
        position,
        settle: (reached) => {
          release();
          resolve(reached);
        },
        fail: (error) => {
          release();
          reject(error);
        },
      };
      const giveUp = (): void => one.settle(false);
      const timer = setTimeout(giveUp, limits.limitMs);
      limits.signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(one);
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#waiting.size > 0) {
        const at = await this.#checkpoint();
        for (const one of this.#waiting) if (one.position <= at) one.settle(true);
        if (this.#waiting.size > 0) await wait(lookEveryMs);
      }
    } catch (error) {
      for (const one of this.#waiting) one.fail(error);
    } finally {
      this.#looking = false;
    }
  }
}
