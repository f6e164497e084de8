/** What happened in a world, line by line, for whoever reads a failing one; and a fingerprint of it, for all of them. */
import { hashOf, joined } from './chance.ts';
import type { WorldTime } from './world-time.ts';

/** Lines that a story keeps at most. */
const linesMax = 5_000;

/** Collects the story of one world. */
export class Story {
  readonly lines: string[] = [];
  readonly #time: WorldTime;
  readonly #isTold: boolean;
  #hash = 0;

  constructor(time: WorldTime, isTold: boolean) {
    this.#time = time;
    this.#isTold = isTold;
  }

  /** Whether anybody reads it: ask before making a line that costs something. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** Somebody did something. */
  tell(who: string, what: string): void {
    if (!this.#isTold || this.lines.length >= linesMax) return;
    const seconds = ((this.#time.nowMs() - this.#time.startMs) / 1000).toFixed(3);
    this.lines.push(`${seconds.padStart(9)} s  ${who.padEnd(16)} ${what}`);
  }

  /** Something that has to be the same in every run of this world. */
  mark(what: string): void {
    this.#hash = joined(joined(this.#hash, hashOf(0, what)), this.#time.nowMs() * 64);
  }

  /** Two runs of one world have the same. */
  get fingerprint(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}
