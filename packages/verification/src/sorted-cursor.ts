/** Walks a source that is sorted by a key, so that several of them can be walked side by side. */

/** Something with a key. */
export interface Keyed<T> {
  readonly key: string;
  readonly value: T;
}

/** Stands before the next entry of a source. */
export interface SortedCursor<T> {
  /** The key of the next entry; undefined at the end. */
  readonly key: string | undefined;
  /** The next entry's value if it has this key, moving on; undefined otherwise. */
  take(key: string): Promise<T | undefined>;
}

/** A cursor at the beginning of a source. A source whose keys do not ascend is an error, never a wrong answer. */
export async function sortedCursor<T>(source: AsyncIterable<Keyed<T>>): Promise<SortedCursor<T>> {
  const iterator = source[Symbol.asyncIterator]();
  let head = await iterator.next();
  const cursor = {
    get key(): string | undefined {
      return head.done ? undefined : head.value.key;
    },
    async take(key: string): Promise<T | undefined> {
      if (head.done || head.value.key !== key) return undefined;
      const { value } = head.value;
      head = await iterator.next();
      if (!head.done && head.value.key <= key)
        throw new Error(`a source is not sorted: ${head.value.key} comes after ${key}`);
      return value;
    },
  };
  return cursor;
}

/** The least key that any of the cursors stands before. */
export function leastKey(cursors: readonly SortedCursor<unknown>[]): string | undefined {
  let least: string | undefined;
  for (const { key } of cursors) if (key !== undefined && (least === undefined || key < least)) least = key;
  return least;
}
