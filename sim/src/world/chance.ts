/**
 * Chance that can be repeated. Two kinds: an answer that belongs to a name, so that it stays the same whatever else
 * happens in the world (which is what lets a failing world be shrunk), and a sequence, which is cheaper.
 */
import { seeded } from '@eventstream/testing/seeded';

/** FNV-1a over the text, from a seed, with the bits stirred at the end (the finalizer of MurmurHash3). */
export function hashOf(seed: number, text: string): number {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return stirred(hash);
}

/** Another number joined to a hash. */
export function joined(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193) ^ (hash >>> 15);
}

function stirred(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Chance by name: the same seed and name always give the same answer. */
export class NamedChance {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = stirred(seed ^ 0x9e3779b9);
  }

  /** From 0 to 1, without 1. */
  unit(name: string): number {
    return hashOf(this.#seed, name) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number {
    return least + Math.floor(this.unit(name) * (most - least + 1));
  }

  /** Whether something of this probability happens. */
  happens(name: string, probability: number): boolean {
    return this.unit(name) < probability;
  }

  /** One of several. */
  oneOf<T>(name: string, choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.unit(name) * choices.length)] ?? choices[0];
  }
}

/** Chance in a sequence. */
export function sequence(seed: number): () => number {
  return seeded(stirred(seed ^ 0x51ed270b));
}
