/**
 * A map for entries that come and soon go. A plain Map that is filled and emptied all the time gets a new table now and
 * then, and leaves behind the old one with its entries and a pointer to the new one. Once such a table has become old,
 * V8's quick garbage collections take each later table, and everything its entries refer to, for alive: on a busy
 * worker nearly half of what its finished orders had allocated was copied twice before it was freed. Here an entry that
 * is removed leaves only an empty box behind.
 */

interface Box<Value> {
  value: Value | undefined;
}

/** As much of a Map as is needed. */
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
