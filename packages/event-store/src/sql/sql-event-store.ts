/** The event store over PostgreSQL or CockroachDB: one writer and one follower's signal per log, reads by page. */
import type { EventId, LogHead, LogName, Position, RecordedEvent, StreamName } from '@eventstream/contracts';
import { type Logger, QueueFull } from '@eventstream/platform';
import { isDatabaseAway, type Sql } from '@eventstream/platform/sql';
import {
  type AppendHolder,
  type AppendOptions,
  type AppendOutcome,
  type AppendWatch,
  type EventFinder,
  type EventRegistry,
  type EventStore,
  type FailingAppends,
  type LogFilter,
  type LogPage,
  type LogRange,
  type LogRowReader,
  type PositionPage,
  pageEventsMax,
  type RowPage,
  StoreOverloaded,
  StoreUnavailable,
  type StreamPage,
  type StreamRange,
  type SubscribeOptions,
  UnknownLog,
  type Write,
} from '../port.ts';
import { subscribeToPages } from '../subscribe-to-pages.ts';
import { validateWrite } from '../validate-write.ts';
import { defaultLimits, type SqlStoreLimits } from './limits.ts';
import { readByIds, readHead, readStreamBackwards } from './reading/read-events.ts';
import { readLogPage, readPositionPage, readRowPage } from './reading/read-log.ts';
import { StreamReads } from './reading/read-streams.ts';
import { type CommittedEvents, SqlLog } from './sql-log.ts';
import { countUnstored } from './writing/append-metrics.ts';

/** What the store is made of. */
export interface SqlEventStoreOptions {
  /** Migrated, and with the registry's logs created. Stays the caller's: `close` does not close it. */
  readonly sql: Sql;
  readonly registry: EventRegistry;
  readonly logger: Logger;
  readonly limits?: Partial<SqlStoreLimits>;
}

/** The store, and a feed of its own commits. */
export interface SqlEventStore extends EventStore, EventFinder, LogRowReader, AppendHolder, AppendWatch {
  /**
   * Calls the listener after each commit of this process, in order, before the writers get their answers. A hint for
   * those who want to be quick: commits of other processes, and commits whose reply was lost, are missing in it.
   * Answers how to stop it.
   */
  onCommitted(listener: (committed: CommittedEvents) => void): () => void;
}

/** Opens the store. Nothing is read or written before the first call. */
export function sqlEventStore(options: SqlEventStoreOptions): SqlEventStore {
  return new PooledSqlEventStore(options);
}

/** Of one page, however many subscribe. */
const subscribedEventsMin = 16;

class PooledSqlEventStore implements SqlEventStore {
  readonly #sql: Sql;
  readonly #streamReads: StreamReads;
  readonly #registry: EventRegistry;
  readonly #logs = new Map<LogName, SqlLog>();
  readonly #listeners = new Set<(committed: CommittedEvents) => void>();
  readonly #limits: SqlStoreLimits;
  #subscriptions = 0;
  #closed = false;

  constructor({ sql, registry, logger, limits }: SqlEventStoreOptions) {
    this.#sql = sql;
    this.#limits = { ...defaultLimits, ...limits };
    this.#streamReads = new StreamReads(sql);
    this.#registry = registry;
    for (const log of registry.types.keys()) {
      const sqlLog = new SqlLog({
        sql,
        log,
        logger,
        limits: this.#limits,
        onCommitted: (committed) => {
          for (const listener of this.#listeners) listener(committed);
        },
      });
      this.#logs.set(log, sqlLog);
    }
  }

  append(write: Write, { deadlineInMs = Number.POSITIVE_INFINITY }: AppendOptions = {}): Promise<AppendOutcome> {
    if (this.#closed) return Promise.reject(closed('write'));
    const validity = validateWrite(write, this.#registry);
    if (validity.kind === 'refused') {
      countUnstored(write.log, 'refused', 1);
      return Promise.resolve(validity);
    }
    const sqlLog = this.#logs.get(write.log);
    if (sqlLog === undefined) return Promise.reject(new UnknownLog(write.log));
    return sqlLog.append(write, validity, deadlineInMs);
  }

  readStream(log: LogName, stream: StreamName, range: StreamRange): Promise<StreamPage> {
    const { direction, from, limit } = range;
    return this.#reading(() =>
      direction === 'forwards'
        ? this.#streamReads.read({ log, stream, from, limit })
        : readStreamBackwards(this.#sql, { log, stream }, range),
    );
  }

  readLog(log: LogName, after: Position, options: LogRange): Promise<LogPage> {
    return this.#reading(() => readLogPage(this.#sql, { log, after }, options));
  }

  readLogRows(log: LogName, after: Position, options: LogRange): Promise<RowPage> {
    return this.#reading(() => readRowPage(this.#sql, { log, after }, options));
  }

  /** Always from the database: an old head, which other processes have passed, would look like a log that went back. */
  readPositions(log: LogName, after: Position, filter: LogFilter): Promise<PositionPage> {
    return this.#reading(() => readPositionPage(this.#sql, { log, after }, filter));
  }

  head(log: LogName): Promise<LogHead> {
    return this.#reading(() => this.#logs.get(log)?.readHead() ?? readHead(this.#sql, log));
  }

  findEvent(log: LogName, id: EventId): Promise<RecordedEvent | undefined> {
    return this.#reading(async () => {
      const [event] = await readByIds(this.#sql, [id]);
      return event?.log === log ? event : undefined;
    });
  }

  async *subscribe(log: LogName, after: Position, { signal, ...filter }: SubscribeOptions): AsyncIterable<LogPage> {
    const source = {
      readPage: (from: Position) =>
        this.#reading(async () => {
          const options = { ...filter, limit: this.#subscribedLimit() };
          const recent = this.#log(log).recentPage(from, options);
          return recent ?? readLogPage(this.#sql, { log, after: from }, options);
        }),
      grown: (from: Position) => this.#log(log).grown(from, signal),
    };
    this.#subscriptions += 1;
    try {
      yield* subscribeToPages(source, after, signal);
    } finally {
      this.#subscriptions -= 1;
    }
  }

  /** A thousand subscribers that take nothing hold no more than a few that take what they get. */
  #subscribedLimit(): number {
    const share = Math.floor(this.#limits.subscribedEventsMax / this.#subscriptions);
    return Math.min(Math.max(subscribedEventsMin, share), pageEventsMax);
  }

  holdAppends(log: LogName, reason: string | undefined): void {
    this.#log(log).hold(reason);
  }

  failingAppends(log: LogName): FailingAppends | undefined {
    return this.#log(log).failingAppends;
  }

  onCommitted(listener: (committed: CommittedEvents) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#logs.values()].map((sqlLog) => sqlLog.close()));
  }

  #log(log: LogName): SqlLog {
    const sqlLog = this.#logs.get(log);
    if (sqlLog === undefined) throw new UnknownLog(log);
    return sqlLog;
  }

  /** Turns the errors of a database that does not answer into those that the port promises. */
  async #reading<T>(read: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closed('read');
    try {
      return await read();
    } catch (error) {
      if (error instanceof QueueFull) throw new StoreOverloaded(Number(error.details['maxQueued']), error);
      if (isDatabaseAway(error)) throw new StoreUnavailable('read', 'the database did not answer', error);
      throw error;
    }
  }
}

function closed(asked: StoreUnavailable['asked']): StoreUnavailable {
  return new StoreUnavailable(asked, 'the store is closed');
}
