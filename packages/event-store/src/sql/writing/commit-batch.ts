/**
 * Commits one batch of writes to one log: a fast path of one statement over what is remembered, and a safe path that
 * locks the head row and reads everything anew. Both give the same answers; where the fast one cannot know, it leaves
 * the write undecided instead of guessing, and the safe one decides it.
 */
import { type EventId, type LogHead, type LogName, type RecordedEvent } from '@eventstream/contracts';
import { failpoint } from '@eventstream/platform';
import { faultOf, type Sql, type SqlSession } from '@eventstream/platform/sql';
import {
  type DecidedBatch,
  type Decision,
  decideBatch,
  type KnownState,
  outcomeOf,
  placeBehind,
} from '../../decide-batch.ts';
import { type AppendOutcome, StoreUnavailable, type Write } from '../../port.ts';
import { lockHead, readByIds, readRevisions } from '../reading/read-events.ts';
import { type Commit, CommitsUnderWay } from './commits-under-way.ts';
import {
  byId,
  idsOf,
  knownState,
  type Revisions,
  rememberedEvents,
  rememberedRevisions,
  type StoredEvents,
  streamsOf,
} from './known-state.ts';
import type { LogCache } from './log-cache.ts';
import { type Stored, storeEvents } from './store-events.ts';

/** A committed batch. */
export interface CommittedBatch {
  readonly path: 'fast' | 'safe';
  /** One per write, in their order. Undefined: not stored, and why is not known yet; commit it again, safely. */
  readonly outcomes: readonly (AppendOutcome | undefined)[];
  /** What was stored, at consecutive positions. */
  readonly events: readonly RecordedEvent[];
}

/** A decided batch that is stored: behind which head, and the time it was stored at. */
interface PlacedBatch {
  readonly decided: DecidedBatch;
  readonly head: LogHead;
  readonly recordedAtMs: number;
}

/** What a committer is made of. */
export interface BatchCommitterOptions {
  readonly sql: Sql;
  /** Stores the batches of the fast path: the database begins the next one when it has committed the last. */
  readonly pipeline: SqlSession;
  readonly log: LogName;
  readonly cache: LogCache;
  /** Told of every batch right after its commit, in the order of positions. Must not throw. */
  onCommitted(batch: CommittedBatch): void;
}

/** Commits batches of one log; a few may be under way at once. */
export class BatchCommitter {
  readonly #sql: Sql;
  readonly #pipeline: SqlSession;
  readonly #log: LogName;
  readonly #cache: LogCache;
  readonly #onCommitted: (batch: CommittedBatch) => void;
  readonly #underWay = new CommitsUnderWay();

  constructor(options: BatchCommitterOptions) {
    this.#sql = options.sql;
    this.#pipeline = options.pipeline;
    this.#log = options.log;
    this.#cache = options.cache;
    this.#onCommitted = (batch) => options.onCommitted(batch);
  }

  /** Whether others write to the log as well. A second commit under way would then mostly wait for theirs. */
  get isShared(): boolean {
    return this.#cache.isShared;
  }

  /** Decides and commits. Throws what the database threw; then nothing is known of the batch, and it may be repeated. */
  async commit(writes: readonly Write[]): Promise<CommittedBatch> {
    const batch = await this.#underWay.run({ writes, alone: false }, (commit) => this.#commitFast(commit));
    return batch ?? (await this.commitSafely(writes));
  }

  /** The same with everything read anew under the head's lock, which leaves nothing undecided. */
  commitSafely(writes: readonly Write[]): Promise<CommittedBatch> {
    return this.#underWay.run({ writes, alone: true }, () => this.#commitLocked(writes));
  }

  async #commitLocked(writes: readonly Write[]): Promise<CommittedBatch> {
    // After an unknown commit the batch is decided again: what was stored is then found by its ids.
    const { revisions, ...placed } = await this.#sql.transaction((tx) => this.#decideLocked(tx, writes), {
      onUnknownCommit: 'retry',
    });
    this.#cache.sawHead(placed.head);
    this.#cache.learn(revisions);
    return this.#committed('safe', placed);
  }

  /** Undefined when the cache was not good enough; nothing has happened then. */
  async #commitFast(commit: Commit): Promise<CommittedBatch | undefined> {
    const { writes } = commit;
    const { incarnation: life, era } = this.#cache;
    if (life === undefined) return undefined;
    const remembered = { log: this.#log, position: this.#cache.head, incarnation: life };
    const stored = rememberedEvents(this.#cache, writes);
    const { revisions, unknown } = rememberedRevisions(this.#cache, writes);
    // Read before the statement that stores, and still exact if that one finds that nobody else has written.
    const read = await readRevisions(this.#sql, this.#log, unknown);
    for (const [stream, revision] of read) revisions.set(stream, revision);
    const known = knownState(remembered.position, revisions, stored);
    const decided = decideBatch(known, writes);
    // A conflict is the wrong answer to a write that was stored long ago, so the statement looks up the ids of
    // refused writes.
    const doubtful = doubtfulIds(writes, decided, stored);
    const fence = { ...remembered, position: this.#cache.furthestIn(life) };
    const result = await this.#store(fence, { events: decided.events, doubtful });
    if (result?.headBefore === undefined) return undefined;
    const { headBefore, recordedAtMs, knownIds } = result;
    await this.#underWay.inOrder(commit, headBefore, () => this.#cache.head);
    const head = { ...remembered, position: headBefore };
    if (headBefore !== this.#cache.head || era !== this.#cache.era) {
      // Others wrote in between. What was stored is as it was decided, only at later positions; refusals may be out of
      // date.
      this.#cache.sawHead(head);
      return withoutRefusals(this.#committed('fast', { decided, head, recordedAtMs }));
    }
    const final = knownIds === 0 ? decided : await this.#decideKnowing(doubtful, known, writes);
    this.#cache.learn(read);
    return this.#committed('fast', { decided: final, head, recordedAtMs });
  }

  /** Stores in the pipeline. Undefined: an id or a stream is taken that the cache had not heard of, so nothing is stored. */
  async #store(fence: LogHead, batch: Parameters<typeof storeEvents>[2]): Promise<Stored | undefined> {
    try {
      return await storeEvents(this.#pipeline, fence, batch);
    } catch (error) {
      if (faultOf(error) === 'duplicate') return undefined; // the statement was undone as a whole
      throw error;
    }
  }

  async #decideLocked(
    tx: SqlSession,
    writes: readonly Write[],
  ): Promise<PlacedBatch & { readonly revisions: Revisions }> {
    const head = await lockHead(tx, this.#log);
    this.#refuseLogThatWentBack(head);
    const stored = byId(await readByIds(tx, writes.flatMap(idsOf)));
    const revisions = await readRevisions(tx, this.#log, [...new Set(writes.flatMap(streamsOf))]);
    const decided = decideBatch(knownState(head.position, revisions, stored), writes);
    const { headBefore, recordedAtMs } = await storeEvents(tx, head, { events: decided.events, doubtful: [] });
    failpoint('append.afterInsert');
    if (headBefore !== head.position) throw new Error(`the head of log ${this.#log} moved although its row was locked`);
    return { decided, head, recordedAtMs, revisions };
  }

  /**
   * The database was restored: to go on writing would give positions away twice, and the lost events could not be
   * imported any more.
   */
  #refuseLogThatWentBack({ position: found, incarnation: life }: LogHead): void {
    const furthest = this.#cache.furthestIn(life);
    if (found >= furthest) return;
    throw new StoreUnavailable(
      'write',
      `log ${this.#log} went back from position ${furthest} to ${found}: its database was restored; ` +
        'run `npx eventstream log import` or `npx eventstream log new-incarnation`',
    );
  }

  /**
   * Some refused writes were stored before the batch: decides it again with that known. What was stored by it stays
   * where it is, because those writes had no known id, and the others take no place either way.
   */
  async #decideKnowing(doubtful: readonly EventId[], known: KnownState, writes: readonly Write[]) {
    const found = await readByIds(this.#sql, doubtful);
    // What lies beyond the old head was stored by this batch or later.
    const before = byId(found.filter((event) => event.log !== this.#log || event.position <= known.head));
    return decideBatch({ ...known, eventOf: (id) => before.get(id) ?? known.eventOf(id) }, writes);
  }

  #committed(path: CommittedBatch['path'], { decided, head, recordedAtMs }: PlacedBatch): CommittedBatch {
    const { events, decisions } = decided;
    failpoint('append.afterCommit');
    placeBehind(head.position, events, recordedAtMs);
    this.#cache.committed(events);
    const batch = { path, events, outcomes: decisions.map((decision) => outcomeOf(decision, head.incarnation)) };
    // Without waiting for anything since the cache was told: the next commit could come first.
    this.#onCommitted(batch);
    return batch;
  }
}

function isRefusal({ kind }: Decision | AppendOutcome): boolean {
  return kind === 'conflict' || kind === 'idReused';
}

/** Ids of refused writes that are not remembered: they may be stored all the same. */
function doubtfulIds(writes: readonly Write[], { decisions }: DecidedBatch, stored: StoredEvents): EventId[] {
  return writes.flatMap((write, index) => {
    const decision = decisions[index];
    if (decision === undefined || !isRefusal(decision)) return [];
    return idsOf(write).filter((id) => !stored.has(id));
  });
}

function withoutRefusals(batch: CommittedBatch): CommittedBatch {
  return { ...batch, outcomes: batch.outcomes.map((one) => (one && isRefusal(one) ? undefined : one)) };
}
