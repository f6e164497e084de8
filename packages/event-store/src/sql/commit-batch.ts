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
  /** Of the batch's streams, before it. */
  readonly revisions: Revisions;
}

type Revisions = ReadonlyMap<StreamName, Revision>;

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
    const revisions = await this.#rememberedRevisions(writes);
    const events = this.#rememberedEvents(writes);
    const known = knownState(head, revisions, (id) => events.get(id));
    const decided = decideBatch(known, writes);
    // "Conflict" may be the wrong answer to a write that was stored long ago: its ids are looked up by the statement.
    const doubtful = doubtfulIds(writes, decided, events);
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
      const final = knownIds === 0 ? decided : await this.#decideKnowing(doubtful, known, writes);
      return this.#committed('fast', { decided: final, head, recordedAtMs, revisions });
    } catch (error) {
      // An id or a stream that the cache had not heard of. The statement was undone as a whole.
      if (faultOf(error) === 'duplicate') return undefined;
      throw error;
    }
  }

  async #commitSafely(writes: readonly Write[]): Promise<CommittedBatch> {
    // After an unknown commit the batch is decided again: what was stored is then found by its ids.
    const settled = await this.#sql.transaction((tx) => this.#decideLocked(tx, writes), { onUnknownCommit: 'retry' });
    this.#contested = this.#cache.incarnation !== undefined && this.#cache.head !== settled.head.position;
    this.#cache.sawHead(settled.head);
    return this.#committed('safe', settled);
  }

  async #decideLocked(tx: SqlSession, writes: readonly Write[]): Promise<Settled> {
    const head = await lockHead(tx, this.#log);
    this.#refuseLogThatWentBack(head);
    const ids = writes.flatMap((write) => write.streams.flatMap(({ events }) => events.map(({ id }) => id)));
    const stored = new Map((await readByIds(tx, ids)).map((event) => [event.id, event]));
    const revisions = await readRevisions(tx, this.#log, [...new Set(writes.flatMap(streamsOf))]);
    const decided = decideBatch(
      knownState(head, revisions, (id) => stored.get(id)),
      writes,
    );
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

  /**
   * Some refused writes were stored before the batch: decides it again with that known. What was stored by it stays
   * where it is, because those writes had no known id, and the others take no place either way.
   */
  async #decideKnowing(doubtful: readonly EventId[], known: KnownState, writes: readonly Write[]) {
    const found = await readByIds(this.#sql, doubtful);
    // What lies beyond the old head was stored by this batch or later.
    const before = found.filter((event) => event.log !== this.#log || event.position <= known.head);
    const stored = new Map(before.map((event) => [event.id, event]));
    const { head } = known;
    const revisionOf: KnownState['revisionOf'] = (stream) => known.revisionOf(stream);
    return decideBatch({ head, revisionOf, eventOf: (id) => stored.get(id) ?? known.eventOf(id) }, writes);
  }

  /**
   * Revisions of the batch's streams, taken out of the cache now, since it may forget any of them at any time. Those
   * it lacks are read outside the fenced statement, yet exact if the fence holds: the head was the same before and
   * after. A stream that every write expects to be new is believed to be: if it is not, its unique key stops the batch.
   */
  async #rememberedRevisions(writes: readonly Write[]): Promise<Revisions> {
    const revisions = new Map<StreamName, Revision>();
    const unknown = new Set<StreamName>();
    for (const { streams } of writes) {
      for (const { stream, expected } of streams) {
        const revision = this.#cache.revisionOf(stream);
        if (revision !== undefined) revisions.set(stream, revision);
        else if (expected !== noRevision) unknown.add(stream);
      }
    }
    if (unknown.size === 0) return revisions;
    return new Map([...revisions, ...(await readRevisions(this.#sql, this.#log, [...unknown]))]);
  }

  /** The batch's events that are stored already, as far as remembered: taken out now, for the same reason. */
  #rememberedEvents(writes: readonly Write[]): ReadonlyMap<EventId, RecordedEvent> {
    const events = new Map<EventId, RecordedEvent>();
    for (const write of writes) {
      for (const id of idsOf(write)) {
        const event = this.#cache.eventOf(id);
        if (event !== undefined) events.set(id, event);
      }
    }
    return events;
  }

  #committed(path: 'fast' | 'safe', { decided, head, recordedAtMs, revisions }: Settled): CommittedBatch {
    const committed = { recordedAtMs, incarnation: head.incarnation };
    const events = decided.events.map((event) => ({ ...event, recordedAtMs }));
    this.#cache.learn(revisions);
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

/** What a batch is decided on. A stream without an entry is new. */
function knownState(head: LogHead, revisions: Revisions, eventOf: KnownState['eventOf']): KnownState {
  return { head: head.position, revisionOf: (stream) => revisions.get(stream) ?? noRevision, eventOf };
}

function streamsOf(write: Write): StreamName[] {
  return write.streams.map(({ stream }) => stream);
}

function idsOf(write: Write): EventId[] {
  return write.streams.flatMap(({ events }) => events.map(({ id }) => id));
}

/** Ids of refused writes that are not remembered: they may be stored all the same. */
function doubtfulIds(
  writes: readonly Write[],
  { decisions }: DecidedBatch,
  remembered: ReadonlyMap<EventId, RecordedEvent>,
): EventId[] {
  return writes.flatMap((write, index) => {
    const kind = decisions[index]?.kind;
    if (kind === 'store' || kind === 'repeat') return [];
    return idsOf(write).filter((id) => !remembered.has(id));
  });
}
