/**
 * What the streams of the last pages came to, kept so that most pages need no read: the events of an order come within
 * seconds of each other. It is what the database has as long as nobody else writes, which is for the sink to notice.
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

  /** What is remembered of the page's streams as they were before it, and those of which only the database can tell. */
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

  /** Remembers what was committed; undefined: nothing follows, or only the database can tell what. */
  remember(key: Key, state: State | undefined): void {
    this.#states.delete(key);
    if (state === undefined) return;
    this.#states.set(key, state);
    if (this.#states.size <= statesMax) return;
    const [oldest] = this.#states.keys();
    if (oldest !== undefined) this.#states.delete(oldest);
  }

  /** For when another instance may have written, or nobody knows what was committed. */
  forget(): void {
    this.#states.clear();
  }
}
