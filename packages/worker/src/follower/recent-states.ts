/**
 * The states that streams had after the last pages, remembered so that most pages need no read: an order's events come
 * within seconds of each other. They are what the database has as long as nobody else writes to it; noticing that is up
 * to the sink.
 */
import type { RecordedEvent, StreamName } from '@eventstream/contracts';

const statesMax = 20_000;

/** States of streams that go on, at most 20,000, those that changed last. */
export class RecentStates<Key, State> {
  readonly #states = new Map<Key, State>();
  readonly #keyOf: (stream: StreamName) => Key | undefined;

  /** `keyOf` says by what a stream's state is known; a stream without a key has none. */
  constructor(keyOf: (stream: StreamName) => Key | undefined) {
    this.#keyOf = keyOf;
  }

  /**
   * The page's streams as they were before it: the states that are remembered, and the keys of those that only the
   * database knows.
   */
  split(events: readonly RecordedEvent[]): { known: Map<Key, State>; unknown: readonly Key[] } {
    const known = new Map<Key, State>();
    const unknown: Key[] = [];
    const looked = new Set<StreamName>();
    for (const { stream, revision } of events) {
      if (looked.has(stream)) continue;
      looked.add(stream);
      const key = this.#keyOf(stream);
      if (key === undefined) continue;
      const state = this.#states.get(key);
      if (state !== undefined) known.set(key, state);
      // Before the first event of a stream there was nothing that could have made a row.
      else if (revision > 1) unknown.push(key);
    }
    return { known, unknown };
  }

  /**
   * Remembers a state that was committed. Undefined: forgets it, because nothing follows or only the database knows it.
   */
  remember(key: Key, state: State | undefined): void {
    this.#states.delete(key);
    if (state === undefined) return;
    this.#states.set(key, state);
    if (this.#states.size <= statesMax) return;
    const [oldest] = this.#states.keys();
    if (oldest !== undefined) this.#states.delete(oldest);
  }

  /** Forgets everything: another instance may have written, or nobody knows what was committed. */
  forget(): void {
    this.#states.clear();
  }
}
