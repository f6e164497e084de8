/** Random numbers that a seed decides: the same seed, the same numbers. Not for secrets. */
import { createHash } from 'node:crypto';
import { seeded } from '@eventstream/testing/seeded';

/** A source of random numbers. */
export class Draw {
  readonly #seed: string;
  /** From 0 up to 1. */
  readonly next: () => number;

  constructor(seed: string) {
    this.#seed = seed;
    this.next = seeded(createHash('sha256').update(seed).digest().readUInt32LE(0));
  }

  /** A source of its own for `purpose`, so that one more number drawn here changes nothing there. */
  fork(purpose: string): Draw {
    return new Draw(`${this.#seed}/${purpose}`);
  }

  /** From `least` up to `most`. */
  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** A whole number from `least` to `most`, both possible. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them. */
  pick<Item>(from: readonly [Item, ...Item[]]): Item {
    return from[this.whole(0, from.length - 1)] ?? from[0];
  }

  /** The same in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.next() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
