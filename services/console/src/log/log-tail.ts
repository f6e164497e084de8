/**
 * The end of the log as it grows, for everybody who watches it. The store is asked twice a second while somebody does,
 * and for no more than the newest events: what a busy log has beyond them is told as skipped, and read by whoever wants
 * it. So watching costs the store the same, however many orders there are and however many watch.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type LogName, nowhere, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { Logger, Part } from '@eventstream/platform';
import { Broadcast } from '../broadcast.ts';

/** A part of the log that has just been recorded. */
export interface TailPage {
  /** What was recorded after `skippedAfter` and before these is not in here; null: nothing was left out. */
  readonly skippedAfter: Position | null;
  readonly events: readonly RecordedEvent[];
  readonly to: Position;
}

/** What somebody who follows is told: once that everything after a position is told from here on, and then all of that. */
export type TailNews = { readonly begunAfter: Position } | TailPage;

/** How it is read. */
export interface LogTailOptions {
  readonly store: EventReader;
  readonly log: LogName;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const standardEveryMs = 500;
/** The most events of one look. */
const newestMax = 200;
/** A listener that reads slower than this many looks misses some, and is told so. */
const heldPages = 20;

/** The tail. */
export class LogTail implements Part {
  readonly name = 'log tail';
  readonly checks = [];
  readonly #options: LogTailOptions;
  readonly #pages: TailPage[] = [];
  readonly #changed = new Broadcast<number>();
  readonly #ending = new AbortController();
  #numbered = 0;
  #at: Position | undefined;
  #reading: Promise<void> | undefined;
  #begun = Promise.withResolvers<void>();

  constructor(options: LogTailOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }

  /** What is recorded from now on. What was read before the first of the news may be older: it is to be read again. */
  async *news(): AsyncGenerator<TailNews> {
    const pages = this.follow()[Symbol.asyncIterator]();
    try {
      await this.begun();
      yield { begunAfter: this.#at ?? nowhere };
      yield* { [Symbol.asyncIterator]: () => pages };
    } finally {
      await pages.return?.();
    }
  }

  /** What is recorded from now on, without a word of when that begins. */
  follow(): AsyncIterable<TailPage> {
    return {
      [Symbol.asyncIterator]: () => {
        const changes = this.#changed.listen()[Symbol.asyncIterator]();
        let next = this.#numbered;
        this.#reading ??= this.#read();
        return {
          next: async (): Promise<IteratorResult<TailPage>> => {
            while (next >= this.#numbered)
              if ((await changes.next()).done === true) return { done: true, value: undefined };
            const oldest = this.#numbered - this.#pages.length;
            const page = this.#pages[Math.max(0, next - oldest)];
            if (page === undefined) return { done: true, value: undefined };
            const missed = next < oldest;
            next = Math.max(next, oldest) + 1;
            return { done: false, value: missed ? this.#withGap(page) : page };
          },
          return: async (): Promise<IteratorResult<TailPage>> => {
            await changes.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  /** For a listener that missed pages: everything before this one is told as skipped. */
  #withGap(page: TailPage): TailPage {
    return { ...page, skippedAfter: page.skippedAfter ?? position(0) };
  }

  /** Of somebody who follows: from here on nothing is missed. */
  begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Reads as long as anybody listens. */
  async #read(): Promise<void> {
    const { everyMs = standardEveryMs, logger } = this.#options;
    this.#at = undefined;
    this.#begun = Promise.withResolvers();
    while (!this.#ending.signal.aborted && this.#changed.listeners > 0) {
      try {
        await this.#look();
      } catch (error) {
        logger.debug({ err: error }, 'the end of the log could not be read');
      }
      await wait(everyMs, undefined, { signal: this.#ending.signal }).catch(() => {});
    }
    // In one go with seeing that nobody listens: who comes in between would wait for a reader that has left.
    this.#reading = undefined;
    this.#begun.resolve();
  }

  async #look(): Promise<void> {
    const { store, log } = this.#options;
    const { position: head } = await store.head(log);
    const before = this.#at;
    // The first look only says where the log ends: whoever listens reads what is before it.
    if (before === undefined || head < before) this.#at = head;
    this.#begun.resolve();
    if (before === undefined || head <= before) return;
    const from = position(Math.max(before, head - newestMax));
    const page = await store.readLog(log, from, { limit: newestMax });
    this.#at = page.scannedTo;
    this.#add({ skippedAfter: from > before ? before : null, events: page.events, to: page.scannedTo });
  }

  #add(page: TailPage): void {
    this.#pages.push(page);
    if (this.#pages.length > heldPages) this.#pages.shift();
    this.#numbered += 1;
    this.#changed.send(this.#numbered);
  }
}
