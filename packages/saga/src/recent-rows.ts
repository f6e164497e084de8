/**
 * Rows written lately, so that most pages need no read: the events of a saga come within seconds of each other. Safe
 * because a state is a function of its revision alone: an old one is carried on only by the very next event.
 */
import type { RecordedEvent, StreamName } from '@eventstream/contracts';
import type { SagaRow } from './saga-row.ts';
import { hasEnded } from './saga-state.ts';

const rowsMax = 20_000;

/** Open sagas without a fault, at most 20,000, those that changed last. */
export class RecentRows {
  readonly #rows = new Map<StreamName, SagaRow>();

  /** What is remembered of the page's streams, and which streams have to be read. */
  split(events: readonly RecordedEvent[]): { known: Map<StreamName, SagaRow>; unknown: readonly StreamName[] } {
    const known = new Map<StreamName, SagaRow>();
    const unknown: StreamName[] = [];
    const looked = new Set<StreamName>();
    for (const { stream, revision } of events) {
      if (looked.has(stream)) continue;
      looked.add(stream);
      const row = this.#rows.get(stream);
      if (row) known.set(stream, row);
      // Before the first event of a stream there was nothing that could have made a row.
      else if (revision > 1) unknown.push(stream);
    }
    return { known, unknown };
  }

  /** Remembers what was committed. */
  remember(written: readonly SagaRow[]): void {
    for (const row of written) {
      this.#rows.delete(row.stream);
      if (row.fault === null && row.state && !hasEnded(row.state)) this.#rows.set(row.stream, row);
    }
    for (const stream of this.#rows.keys()) {
      if (this.#rows.size <= rowsMax) break;
      this.#rows.delete(stream);
    }
  }

  /** For when another instance has written, or nobody knows what was committed. */
  forget(): void {
    this.#rows.clear();
  }
}
