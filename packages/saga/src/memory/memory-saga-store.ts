/** Saga rows in memory, for tests: the promises of the port, gone with the process. */
import { type Incarnation, nowhere, type Position, type StreamName } from '@eventstream/contracts';
import { type Clock, leaseRuns, systemClock } from '@eventstream/platform';
import type { SagaRow } from '../saga-row.ts';
import { hasEnded } from '../saga-state.ts';
import {
  type ClaimedRow,
  type ClaimRequest,
  type Claims,
  decodePlace,
  encodePlace,
  type FailedTry,
  type RowPage,
  type SagaCounts,
  type SagaEntry,
  type SagaPage,
  type SagaQuery,
  type SagaStore,
  unjudgedMs,
} from '../saga-store.ts';

interface Kept {
  row: SagaRow;
  dueMs: number | null;
  tryAtMs: number | null;
  attempts: number;
  lastError: string | null;
  stuckAtMs: number | null;
  claim: { readonly owner: string; readonly untilMs: number } | undefined;
}

/** Makes an empty store. `clock` stands for the database's. */
export function memorySagaStore(clock: Clock = systemClock): SagaStore {
  return new MemorySagaStore(clock);
}

class MemorySagaStore implements SagaStore {
  readonly #clock: Clock;
  readonly #kept = new Map<StreamName, Kept>();
  #position: Position = nowhere;
  #incarnation: Incarnation | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async checkpoint() {
    return { position: this.#position, incarnation: this.#incarnation };
  }

  async applyPage(page: RowPage) {
    const isSameLife = this.#incarnation === undefined || this.#incarnation === page.incarnation;
    if (page.after !== this.#position || !isSameLife) return { kind: 'moved' } as const;
    const known = new Map<StreamName, SagaRow>();
    for (const stream of page.streams) {
      const kept = this.#kept.get(stream);
      if (kept) known.set(stream, kept.row);
    }
    for (const row of page.fold(known)) this.#kept.set(row.stream, this.#fresh(row));
    this.#position = page.to;
    this.#incarnation = page.incarnation;
    return { kind: 'committed' } as const;
  }

  async claim({ owner, limit, claimMs, deadlinesNotOf }: ClaimRequest): Promise<Claims> {
    const nowMs = this.#clock.nowMs();
    const isDue = ({ row: { next }, tryAtMs, claim }: Kept): boolean =>
      next !== null &&
      tryAtMs !== null &&
      tryAtMs <= nowMs &&
      (claim === undefined || !leaseRuns({ untilMs: claim.untilMs, nowMs, ttlMs: claimMs })) &&
      (next.kind !== 'deadline' || next.step === null || !deadlinesNotOf.includes(next.step));
    const due = [...this.#kept.values()].filter(isDue).toSorted((a, b) => (a.tryAtMs ?? 0) - (b.tryAtMs ?? 0));
    const rows = due.slice(0, limit).map((kept): ClaimedRow => {
      kept.claim = { owner, untilMs: nowMs + claimMs };
      return { row: kept.row, dueMs: kept.dueMs ?? nowMs, attempts: kept.attempts, owner };
    });
    return { nowMs, rows };
  }

  async noteFailure(claimed: ClaimedRow, { error, retryInMs, stuck }: FailedTry): Promise<void> {
    const kept = this.#held(claimed);
    if (!kept) return;
    const nowMs = this.#clock.nowMs();
    kept.attempts += 1;
    kept.lastError = error;
    kept.tryAtMs = nowMs + retryInMs;
    if (stuck) kept.stuckAtMs ??= nowMs;
    kept.claim = undefined;
  }

  async giveBack(claimed: readonly ClaimedRow[]): Promise<void> {
    for (const each of claimed) {
      const kept = this.#held(each);
      if (kept) kept.claim = undefined;
    }
  }

  async replace(claimed: ClaimedRow, row: SagaRow): Promise<boolean> {
    const kept = this.#kept.get(claimed.row.stream);
    if (!kept || kept.claim?.owner !== claimed.owner || kept.row.seenRevision > row.seenRevision) return false;
    this.#kept.set(row.stream, this.#fresh(row));
    return true;
  }

  async find(stream: StreamName): Promise<SagaEntry | undefined> {
    const kept = this.#kept.get(stream);
    return kept && this.#entry(kept);
  }

  async list(query: SagaQuery): Promise<SagaPage> {
    const nowMs = this.#clock.nowMs();
    const place = query.cursor === undefined ? undefined : decodePlace(query.cursor);
    const isWanted = (entry: SagaEntry): boolean =>
      (query.status === undefined || statusOf(entry) === query.status) &&
      (query.stuck === undefined || entry.isStuck === query.stuck) &&
      (query.olderThanMs === undefined || sinceOf(entry) <= nowMs - query.olderThanMs) &&
      (place === undefined || isAfter(entry, place.sinceMs, place.stream));
    const wanted = [...this.#kept.values()]
      .map((kept) => this.#entry(kept))
      .filter(isWanted)
      .toSorted((a, b) => (isAfter(a, sinceOf(b), b.row.stream) ? 1 : -1));
    const sagas = wanted.slice(0, query.limit);
    const last = sagas.at(-1);
    return wanted.length > sagas.length && last
      ? { sagas, next: encodePlace({ sinceMs: sinceOf(last), stream: last.row.stream }) }
      : { sagas };
  }

  async counts(): Promise<SagaCounts> {
    const nowMs = this.#clock.nowMs();
    const entries = [...this.#kept.values()].map((kept) => this.#entry(kept));
    const count = (is: (entry: SagaEntry) => boolean): number => entries.filter(is).length;
    const isPast = ({ row: { next }, dueMs }: SagaEntry, byMs: number): boolean =>
      next?.kind === 'deadline' && dueMs !== null && dueMs + byMs <= nowMs;
    return {
      running: count((entry) => statusOf(entry) === 'running'),
      undoing: count((entry) => statusOf(entry) === 'undoing'),
      stuck: count((entry) => entry.isStuck),
      overdue: count((entry) => isPast(entry, 0)),
      unjudged: count((entry) => isPast(entry, unjudgedMs)),
    };
  }

  async forgetEnded(olderThanMs: number, limit: number): Promise<number> {
    const before = this.#clock.nowMs() - olderThanMs;
    const old = [...this.#kept.values()].filter(
      ({ row: { state, next } }) => next === null && state && hasEnded(state) && state.sinceMs <= before,
    );
    for (const { row } of old.slice(0, limit)) this.#kept.delete(row.stream);
    return Math.min(old.length, limit);
  }

  #fresh(row: SagaRow): Kept {
    const dueMs = row.next === null ? null : (row.next.dueMs ?? this.#clock.nowMs());
    const { fault: lastError, stuckAtMs } = row;
    return { row, dueMs, tryAtMs: dueMs, attempts: 0, lastError, stuckAtMs, claim: undefined };
  }

  /** The row if it is still the one that was claimed. */
  #held({ row, owner }: ClaimedRow): Kept | undefined {
    const kept = this.#kept.get(row.stream);
    return kept?.claim?.owner === owner && kept.row.seenRevision === row.seenRevision ? kept : undefined;
  }

  #entry({ row, dueMs, attempts, lastError, stuckAtMs }: Kept): SagaEntry {
    const isStuck = stuckAtMs !== null && stuckAtMs <= this.#clock.nowMs();
    return { row, dueMs, attempts, lastError, isStuck };
  }
}

const statusOf = ({ row }: SagaEntry) => row.state?.status ?? 'running';
const sinceOf = ({ row }: SagaEntry): number => row.state?.sinceMs ?? 0;

function isAfter(entry: SagaEntry, sinceMs: number, stream: string): boolean {
  return sinceOf(entry) === sinceMs ? entry.row.stream > stream : sinceOf(entry) > sinceMs;
}
