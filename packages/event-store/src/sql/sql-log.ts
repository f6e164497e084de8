/** Everything the store keeps for one log: its writer, its cache, and the signal that wakes its followers. */
import type { Incarnation, LogHead, LogName, Position, RecordedEvent } from '@eventstream/contracts';
import { type Logger, messageOf } from '@eventstream/platform';
import type { Sql, SqlPipeline } from '@eventstream/platform/sql';
import { HeadSignal } from '../head-signal.ts';
import type { AppendOutcome, FailingAppends, LogPage, LogRange, Write } from '../port.ts';
import { scanLog } from '../scan-log.ts';
import type { ValidWrite } from '../validate-write.ts';
import type { SqlStoreLimits } from './limits.ts';
import { readHead } from './reading/read-events.ts';
import { BatchCommitter, type CommittedBatch } from './writing/commit-batch.ts';
import { LogCache } from './writing/log-cache.ts';
import { LogWriter } from './writing/log-writer.ts';

/** Events of one log that this process has just committed. */
export interface CommittedEvents {
  readonly log: LogName;
  readonly incarnation: Incarnation;
  /** At consecutive positions. */
  readonly events: readonly RecordedEvent[];
}

/** What a log is made of. */
export interface SqlLogOptions {
  readonly sql: Sql;
  readonly log: LogName;
  readonly logger: Logger;
  readonly limits: SqlStoreLimits;
  onCommitted(committed: CommittedEvents): void;
}

/** One log of the store. */
export class SqlLog {
  readonly #options: SqlLogOptions;
  readonly #cache: LogCache;
  readonly #pipeline: SqlPipeline;
  readonly #writer: LogWriter;
  readonly #signal = new HeadSignal();
  #poll: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SqlLogOptions) {
    this.#options = options;
    const { sql, log, limits, logger } = options;
    this.#cache = new LogCache({
      recent: { eventsMax: limits.recentEventsMax, bytesMax: limits.recentBytesMax },
      streamsMax: limits.rememberedStreamsMax,
    });
    const onCommitted = (batch: CommittedBatch): void => this.#committed(batch);
    this.#pipeline = sql.pipeline();
    const committer = new BatchCommitter({ sql, pipeline: this.#pipeline, log, cache: this.#cache, onCommitted });
    this.#writer = new LogWriter({ log, committer, limits, logger });
  }

  append(write: Write, size: ValidWrite, deadlineInMs: number): Promise<AppendOutcome> {
    return this.#writer.append(write, size, deadlineInMs);
  }

  /** Refuses appends for this reason; undefined: takes them again. */
  hold(reason: string | undefined): void {
    this.#writer.hold(reason);
  }

  /** Undefined: they are stored. */
  get failingAppends(): FailingAppends | undefined {
    return this.#writer.failing;
  }

  /**
   * Reads where the log stands. From then on nothing is written here before that position, and followers are woken,
   * also when the log went back.
   */
  async readHead(): Promise<LogHead> {
    const { sql, log } = this.#options;
    const before = this.#signal.head; // else what is committed during the read would look like a log that went back
    const head = await readHead(sql, log);
    this.#cache.noteHead(head);
    if (this.#cache.incarnation !== undefined && this.#cache.incarnation !== head.incarnation) {
      this.#cache.sawHead(head);
      this.#signal.restarted(head.position);
    } else if (head.position < before) {
      this.#cache.recent.clear();
      this.#signal.restarted(head.position);
    } else {
      this.#signal.moved(head.position);
    }
    return head;
  }

  /** A page of what was committed here just now, or undefined when the database has to be asked. */
  recentPage(after: Position, options: LogRange): LogPage | undefined {
    const { incarnation, head } = this.#cache;
    const recent = this.#cache.recent.after(after);
    if (incarnation === undefined || recent === undefined) return undefined;
    const { events, scannedTo = after } = scanLog(recent.events, recent.start, options);
    return { events, scannedTo, head, incarnation };
  }

  /** Resolves when the log may have grown beyond `after`, here or in another process, or the signal aborts. */
  grown(after: Position, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const waiting = this.#signal.wait(after, signal);
    // Also when there is nothing to wait for: after the log went back the signal promises events that are gone.
    this.#schedulePoll();
    return waiting;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#poll);
    await this.#writer.close();
    await this.#pipeline.close();
    this.#signal.release();
  }

  #committed({ events }: CommittedBatch): void {
    const { incarnation, head } = this.#cache;
    if (events.length === 0 || incarnation === undefined) return;
    this.#signal.moved(head);
    this.#options.onCommitted({ log: this.#options.log, incarnation, events });
  }

  #schedulePoll(): void {
    if (this.#closed || this.#poll !== undefined) return;
    this.#poll = setTimeout(() => void this.#pollHead(), this.#options.limits.headPollMs);
  }

  async #pollHead(): Promise<void> {
    const { log, logger } = this.#options;
    try {
      await this.readHead();
    } catch (error) {
      // Followers keep waiting: they learn of the outage by what they read themselves.
      logger.debug({ log, reason: messageOf(error) }, 'the head of a followed log could not be read');
    }
    this.#poll = undefined;
    if (this.#signal.waiting > 0) this.#schedulePoll();
  }
}
