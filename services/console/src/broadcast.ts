/**
 * One source, many listeners: the latest value goes to each of them, as fast as each of them takes it. A slow listener
 * misses values in between and costs nothing: nothing is queued for anybody.
 */

/** Sends the latest value to whoever listens. */
export class Broadcast<Value> {
  #latest: { readonly value: Value; readonly number: number } | undefined;
  #changed = Promise.withResolvers<void>();
  #listeners = 0;

  /** The last value that was sent. */
  get latest(): Value | undefined {
    return this.#latest?.value;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners;
  }

  /** Replaces the latest value and wakes everybody. */
  send(value: Value): void {
    this.#latest = { value, number: (this.#latest?.number ?? 0) + 1 };
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }

  /** The latest value, if there is one, and each later one that this listener is in time for. */
  listen(): AsyncIterable<Value> {
    return {
      [Symbol.asyncIterator]: () => {
        let seen = 0;
        let isOver = false;
        this.#listeners += 1;
        return {
          next: async (): Promise<IteratorResult<Value>> => {
            while (!isOver && (this.#latest?.number ?? 0) === seen) await this.#changed.promise;
            const latest = this.#latest;
            if (isOver || latest === undefined) return { done: true, value: undefined };
            seen = latest.number;
            return { done: false, value: latest.value };
          },
          return: async (): Promise<IteratorResult<Value>> => {
            if (!isOver) this.#listeners -= 1;
            isOver = true;
            return { done: true, value: undefined };
          },
        };
      },
    };
  }
}
