/**
 * Pages of streams, forwards, read together: those that are asked for while a statement is under way share the next
 * one. Whoever decides on an order reads it first, so under load there are always some.
 */
import type { LogName, Revision, StreamName } from '@eventstream/contracts';
import { Batcher } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import type { StreamPage } from '../../port.ts';
import { checkLimit, pageBytesMax } from '../../scan-log.ts';
import { int8Array, textArray } from '../binary-arrays.ts';
import { type EventRow, eventColumns, eventOfRow, isFull } from './read-events.ts';

/** A page that somebody wants: the stream's events after a revision. */
export interface WantedPage {
  readonly log: LogName;
  readonly stream: StreamName;
  readonly from: Revision;
  readonly limit: number;
}

const streamsMax = 100;
const queuedMax = 10_000;
/** Statements under way at once. Reads do not wait for each other, only for the disk if for anything. */
const inFlightMax = 3;

/**
 * The limit on bytes is one for all of its streams together, so that it never reads more than a page of a single stream
 * would.
 */
const readPages = {
  name: 'es_streams_forwards',
  text: `select n, ${eventColumns} from (
      select n, ${eventColumns}, coalesce(sum(octet_length(data) + octet_length(metadata)) over (
        order by n, revision rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as w (of_log, of_stream, after, n)
      cross join lateral (
        select ${eventColumns} from events where log = w.of_log and stream = w.of_stream and revision > w.after
        order by revision limit $4
      ) as wanted
    ) as summed where bytes_before < ${pageBytesMax} order by n, revision`,
};

type PageRow = EventRow & { readonly n: bigint };

/** Reads pages of streams. */
export class StreamReads {
  readonly #sql: Sql;
  readonly #batcher: Batcher<WantedPage, StreamPage>;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#batcher = new Batcher({
      maxItems: streamsMax,
      maxQueued: queuedMax,
      maxInFlight: inFlightMax,
      span: 'read streams',
      run: (wanted) => this.#readAll(wanted),
    });
  }

  /** One page. Rejects with what the database threw. */
  async read(wanted: WantedPage): Promise<StreamPage> {
    checkLimit(wanted.limit);
    return this.#batcher.submit(wanted);
  }

  async #readAll(wanted: readonly WantedPage[]): Promise<readonly StreamPage[]> {
    const pages: StreamPage[] = [];
    while (pages.length < wanted.length) pages.push(...(await this.#readFirst(wanted.slice(pages.length))));
    return pages;
  }

  /** The pages of the first streams: all of them, unless their bytes are too many. */
  async #readFirst(wanted: readonly WantedPage[]): Promise<readonly StreamPage[]> {
    // One row more than asked for tells whether anything lies beyond.
    const limit = Math.max(...wanted.map((page) => page.limit)) + 1;
    const rows = await this.#sql.query<PageRow>(readPages, [
      textArray(wanted.map((page) => page.log)),
      textArray(wanted.map((page) => page.stream)),
      int8Array(wanted.map((page) => page.from)),
      limit,
    ]);
    const cutAt = isFull(rows) ? Number(rows.at(-1)?.n) : undefined;
    const byPage = Map.groupBy(rows, ({ n }) => Number(n));
    return wanted.slice(0, cutAt).map((page, index): StreamPage => {
      const found = byPage.get(index + 1) ?? [];
      const isWhole = found.length <= page.limit && index + 1 !== cutAt;
      return { events: found.slice(0, page.limit).map(eventOfRow), atEnd: isWhole };
    });
  }
}
