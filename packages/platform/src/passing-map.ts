/**
 * A map for what comes and soon goes. A plain Map that is filled and emptied all the time makes itself a new table every
 * now and then, and leaves the old one behind with its entries in it and a pointer to the next. Once one of those tables
 * is old, V8's quick collections take each later one, and all that its entries led to, for alive: on a busy worker nearly
 * half of what its finished orders had allocated was copied twice before it was found dead. Here an entry that goes
 * leaves only an empty box behind.
 */

interface Box<Value> {
  value: Value | undefined;
}

/** As a Map, as far as it is needed. */
export class PassingMap<Key, Value extends object> {
  readonly #boxes = new Map<Key, Box<Value>>();

  get size(): number {
    return this.#boxes.size;
  }

  has(key: Key): boolean {
    return this.#boxes.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#boxes.get(key)?.value;
  }

  set(key: Key, value: Value): void {
    const box = this.#boxes.get(key);
    if (box === undefined) this.#boxes.set(key, { value });
    else box.value = value;
  }

  /** Removes it and answers what was there. */
  take(key: Key): Value | undefined {
    const box = this.#boxes.get(key);
    if (box === undefined) return undefined;
    const { value } = box;
    box.value = undefined;
    this.#boxes.delete(key);
    return value;
  }

  clear(): void {
    for (const key of this.#boxes.keys()) this.take(key);
  }

  /** In the order in which they came. An entry may be removed while they are gone through. */
  *entries(): IterableIterator<readonly [Key, Value]> {
    for (const [key, { value }] of this.#boxes) if (value !== undefined) yield [key, value];
  }

  *values(): IterableIterator<Value> {
    for (const { value } of this.#boxes.values()) if (value !== undefined) yield value;
  }
}
