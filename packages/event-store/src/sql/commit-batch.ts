/**
 * Commits one batch of writes to one log: a fast path of one statement over what is remembered, and a safe path that
 * locks the head row and reads everything anew. Both give the same answers; the fast one gives up rather than guess.
 */
import type { EventId, LogHead, LogName, RecordedEvent, Revision, StreamName } from '@eventstream/contracts';
import { incarnation, noRevision, position } from '@eventstream/contracts';
import { faultOf, type Sql, type SqlSession } from '@eventstream/platform/sql';
import { type DecidedBatch, decideBatch, type KnownState, outcomeOf } from '../decide-batch.ts';
import { type AppendOutcome, StoreUnavailable, UnknownLog, type Write } from '../port.ts';
import type { LogCache } from './log-cache.ts';
import { readByIds, readRevisions } from './read-events.ts';
import { storeFenced } from './store-events.ts';

/** A committed batch. */
export interface CommittedBatch {
  readonly path: 'fast' | 'safe';
  /** One per write, in their order. */
  readonly outcomes: readonly AppendOutcome[];
  /** What was stored, at consecutive positions. */
  readonly events: readonly RecordedEvent[];
}

/** What was decided, and under which head and time it was committed. */
interface Settled {
  readonly decided: DecidedBatch;
  readonly head: LogHead;
  readonly recordedAtMs: number;
}

/** The same, with what was read of the batch's streams. */
interface SettledUnderLock extends Settled {
  readonly revisions: ReadonlyMap<StreamName, Revision>;
}

/** Commits batches of one log, one at a time. */
export class BatchCommitter {
  readonly #sql: Sql;
  readonly #log: LogName;
  readonly #cache: LogCache;
  /** Another process writes to this log too: the fast path would mostly lose the race, so it rests. */
  #contested = false;

  constructor(options: { readonly sql: Sql; readonly log: LogName; readonly cache: LogCache }) {
    this.#sql = options.sql;
    this.#log = options.log;
    this.#cache = options.cache;
  }

  /** Decides and commits. Throws what the database threw; then nothing is known of the batch, and it may be repeated. */
  async commit(writes: readonly Write[]): Promise<CommittedBatch> {
    return (this.#contested ? undefined : await this.#commitFast(writes)) ?? (await this.#commitSafely(writes));
  }

  /** Undefined when the cache was not good enough; nothing has happened then. */
  async #commitFast(writes: readonly Write[]): Promise<CommittedBatch | undefined> {
    const cache = this.#cache;
    const life = cache.incarnation;
    if (life === undefined) return undefined;
    const head = { log: this.#log, position: cache.head, incarnation: life };
    // Read outside the fenced statement, yet exact if the fence holds: the head was the same before and after.
    cache.learn(await readRevisions(this.#sql, this.#log, streamsToRead(writes, cache)));
    const decided = decideBatch(cache, writes);
    // "Conflict" may be the wrong answer to a write that was stored long ago: its ids are looked up by the statement.
    const doubtful = doubtfulIds(writes, decided, cache);
    const fence = { ...head, head: head.position };
    try {
      const { held, recordedAtMs, knownIds } = await storeFenced(this.#sql, fence, {
        events: decided.events,
        doubtful,
      });
      if (!held) {
        this.#contested = true;
        return undefined;
      }
      const settled = { decided, head, recordedAtMs };
      return this.#committed(
        'fast',
        knownIds === 0 ? settled : { ...settled, decided: await this.#redecide(writes, decided, doubtful) },
      );
    } catch (error) {
      // An id or a stream that the cache had not heard of. The statement was undone as a whole.
      if (faultOf(error) === 'duplicate') return undefined;
      throw error;
    }
  }

  async #commitSafely(writes: readonly Write[]): Promise<CommittedBatch> {
    // After an unknown commit the batch is decided again: what was stored is then found by its ids.
    const { revisions, ...settled } = await this.#sql.transaction((tx) => this.#decideLocked(tx, writes), {
      onUnknownCommit: 'retry',
    });
    this.#contested = this.#cache.incarnation !== undefined && this.#cache.head !== settled.head.position;
    this.#cache.sawHead(settled.head);
    this.#cache.learn(revisions);
    return this.#committed('safe', settled);
  }

  async #decideLocked(tx: SqlSession, writes: readonly Write[]): Promise<SettledUnderLock> {
    const head = await lockHead(tx, this.#log);
    this.#refuseLogThatWentBack(head);
    const ids = writes.flatMap((write) => write.streams.flatMap(({ events }) => events.map(({ id }) => id)));
    const stored = new Map((await readByIds(tx, ids)).map((event) => [event.id, event]));
    const revisions = await readRevisions(tx, this.#log, [...new Set(writes.flatMap(streamsOf))]);
    const known: KnownState = {
      head: head.position,
      revisionOf: (stream) => revisions.get(stream) ?? noRevision,
      eventOf: (id) => stored.get(id),
    };
    const decided = decideBatch(known, writes);
    const fence = { ...head, head: head.position };
    const { held, recordedAtMs } = await storeFenced(tx, fence, { events: decided.events, doubtful: [] });
    if (!held) throw new Error(`the head of log ${this.#log} moved although its row was locked`);
    return { decided, head, recordedAtMs, revisions };
  }

  /** Restored data: writing on would give positions away a second time, and make it impossible to import the rest. */
  #refuseLogThatWentBack({ position: found, incarnation: life }: LogHead): void {
    if (life !== this.#cache.incarnation || found >= this.#cache.head) return;
    throw new StoreUnavailable(
      `log ${this.#log} went back from position ${this.#cache.head} to ${found}: its database was restored; ` +
        'run `eventstream log import` or `eventstream log new-incarnation`',
    );
  }

  /** Some refused writes are stored already: decides those again with what is stored. They take no place either way. */
  async #redecide(
    writes: readonly Write[],
    decided: DecidedBatch,
    doubtful: readonly EventId[],
  ): Promise<DecidedBatch> {
    const stored = new Map((await readByIds(this.#sql, doubtful)).map((event) => [event.id, event]));
    const cache = this.#cache;
    const known: KnownState = {
      head: cache.head,
      revisionOf: (stream) => cache.revisionOf(stream),
      eventOf: (id) => stored.get(id) ?? cache.eventOf(id),
    };
    const decisions = decided.decisions.map((decision, index) => {
      const write = writes[index];
      if (write === undefined || !idsOf(write).some((id) => stored.has(id))) return decision;
      if (decision.kind === 'store' || decision.kind === 'repeat') return decision;
      return decideBatch(known, [write]).decisions[0] ?? decision;
    });
    return { decisions, events: decided.events };
  }

  #committed(path: 'fast' | 'safe', { decided, head, recordedAtMs }: Settled): CommittedBatch {
    const committed = { recordedAtMs, incarnation: head.incarnation };
    const events = decided.events.map((event) => ({ ...event, recordedAtMs }));
    this.#cache.committed(events);
    return { path, events, outcomes: decided.decisions.map((decision) => outcomeOf(decision, committed)) };
  }
}

async function lockHead(tx: SqlSession, log: LogName): Promise<LogHead> {
  const statement = {
    name: 'es_lock_head',
    text: 'select position, incarnation from log_heads where log = $1 for update',
  };
  const [row] = await tx.query<{ position: bigint; incarnation: string }>(statement, [log]);
  if (row === undefined) throw new UnknownLog(log);
  return { log, position: position(row.position), incarnation: incarnation(row.incarnation) };
}

function streamsOf(write: Write): StreamName[] {
  return write.streams.map(({ stream }) => stream);
}

function idsOf(write: Write): EventId[] {
  return write.streams.flatMap(({ events }) => events.map(({ id }) => id));
}

/** Streams that are not remembered and that some write does not expect to be new. */
function streamsToRead(writes: readonly Write[], cache: LogCache): StreamName[] {
  const streams = new Set<StreamName>();
  for (const write of writes) {
    for (const { stream, expected } of write.streams) {
      if (expected !== noRevision && !cache.hasRevision(stream)) streams.add(stream);
    }
  }
  return [...streams];
}

/** Ids of refused writes that are not remembered: they may be stored all the same. */
function doubtfulIds(writes: readonly Write[], { decisions }: DecidedBatch, cache: LogCache): EventId[] {
  return writes.flatMap((write, index) => {
    const kind = decisions[index]?.kind;
    if (kind === 'store' || kind === 'repeat') return [];
    return idsOf(write).filter((id) => cache.eventOf(id) === undefined);
  });
}
