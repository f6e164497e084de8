/**
 * Which streams of one consumer are held up by waiting work or an open dead letter: what comes of them next has to wait
 * behind that. Promises: a stream counts as stuck from before its row is written, whatever lists the ledger answers
 * meanwhile.
 */
import type { StreamName } from '@eventstream/contracts';
import type { StuckWork, WorkerLedger } from '../ledger.ts';

/** The stuck streams of one consumer. */
export class StuckStreams {
  readonly #consumer: string;
  readonly #ledger: WorkerLedger;
  #streams: Set<StreamName> = new Set();
  /** There are more of them than the ledger names, so that every stream has to be taken for one. */
  #areMore = false;
  /** Changes with every addition, so that an older list from the ledger does not undo it. */
  #version = 0;
  /** What is about to hold up its stream. A list from the ledger may lack it until its row is committed. */
  readonly #settingAside = new Set<{ readonly stream: StreamName }>();

  constructor(consumer: string, ledger: WorkerLedger) {
    this.#consumer = consumer;
    this.#ledger = ledger;
  }

  /** Why an event of the stream has to wait; undefined when it has not. */
  why(stream: StreamName): string | undefined {
    if (this.#streams.has(stream)) return 'behind earlier work of its stream';
    return this.#areMore ? 'so many streams wait that this may be one of them' : undefined;
  }

  /** Writes the row that holds up a stream. Settles as the writing does. */
  async holdUp(stream: StreamName, write: () => Promise<void>): Promise<void> {
    const item = { stream };
    this.#settingAside.add(item);
    this.#streams.add(stream);
    this.#version += 1;
    try {
      await write();
    } finally {
      this.#settingAside.delete(item);
      this.#version += 1; // a list that is on its way may have been read before the commit
    }
  }

  /** Reads the streams anew, and answers how much work that is. */
  async refresh(): Promise<Pick<StuckWork, 'waiting' | 'openDeadLetters'>> {
    const version = this.#version;
    const stuck = await this.#ledger.stuck(this.#consumer);
    if (version === this.#version) {
      this.#streams = new Set([...stuck.streams, ...[...this.#settingAside].map(({ stream }) => stream)]);
      this.#areMore = stuck.hasMore;
    }
    return stuck;
  }
}
