/** When the live read model was seen to have got how far, so that each event's arrival in its rows can be told afterwards. */
import type { Position } from '@eventstream/contracts';
import { check } from './contender.ts';
import type { LiveCheckpoint } from './read-model.ts';

/** Checkpoints of one generation, each with the time at which it was seen first. */
export class SeenCheckpoints {
  readonly #seen: (LiveCheckpoint & { readonly atMs: number })[] = [];

  /** Adds what was seen at this time, which is later than those before. Anything but a way forward has no figure. */
  saw({ generation, position }: LiveCheckpoint, atMs: number): void {
    const last = this.#seen.at(-1);
    if (last !== undefined) {
      check(generation === last.generation, `generation ${generation} is live, it was ${last.generation}`);
      check(position >= last.position, `the read model went back from position ${last.position} to ${position}`);
      if (position === last.position) return;
    }
    this.#seen.push({ generation, position, atMs });
  }

  /** When the event at this position was first seen to be in the rows; undefined while it is not. */
  reachedMs(position: Position): number | undefined {
    let from = 0;
    let to = this.#seen.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#seen[middle]?.position ?? 0) < position) from = middle + 1;
      else to = middle;
    }
    return this.#seen[from]?.atMs;
  }
}
