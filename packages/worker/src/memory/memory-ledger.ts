/** A ledger that lives as long as the process, with the promises of the one in SQL. Time is the clock's. */
import type { EventId, LogName } from '@eventstream/contracts';
import { type Clock, leaseRuns, newId } from '@eventstream/platform';
import {
  type DeadLetter,
  type DeadLetterDesk,
  type Decision,
  type DecisionOutcome,
  type DecisionRecord,
  inOrder,
  letterStateAfter,
  type NewDeadLetter,
  unresolvedStates,
} from '../dead-letters/dead-letters.ts';
import {
  type ClaimedWork,
  type Mark,
  stuckStreamsMax,
  suspectCrashes,
  type Waiting,
  type WorkerLedger,
} from '../ledger.ts';
import { type WorkItem, workItemIn } from '../work-item.ts';
import { askDryRun, dryRunsOf, type MemoryDryRun } from './dry-runs.ts';

/** The ledger, and the desk over its dead letters. */
export interface MemoryLedger {
  readonly ledger: WorkerLedger;
  readonly desk: DeadLetterDesk;
  /** The work that waits, for verification. */
  readonly waiting: () => readonly WaitingRow[];
}

/** One piece of waiting work. */
interface WaitingRow extends ClaimedWork {
  readonly consumer: string;
  readonly dueAtMs: number;
  /** `dueAtMs` is the end of somebody’s lease. */
  readonly isHeld: boolean;
}

/** An empty ledger. */
export function memoryWorkerLedger(clock: Clock, makeId: () => string = newId): MemoryLedger {
  const tables = new Tables(clock, makeId);
  return { ledger: ledgerOf(tables), desk: deskOf(tables), waiting: () => [...tables.waiting.values()] };
}

class Tables {
  readonly clock: Clock;
  readonly #makeId: () => string;
  readonly marks = new Map<string, Mark>();
  readonly waiting = new Map<string, WaitingRow>();
  /** By consumer and event: the constraint of the SQL table. */
  readonly letters = new Map<string, DeadLetter>();
  readonly dryRuns = new Map<string, MemoryDryRun>();
  readonly decisions: (DecisionRecord & { readonly letter: string })[] = [];

  constructor(clock: Clock, makeId: () => string) {
    this.clock = clock;
    this.#makeId = makeId;
  }

  change(consumer: string, event: EventId, how: (row: WaitingRow) => Partial<WaitingRow>): void {
    const row = this.waiting.get(keyOf(consumer, event));
    if (row !== undefined) this.waiting.set(keyOf(consumer, event), { ...row, ...how(row) });
  }

  wait(consumer: string, work: WorkItem, { attempts, failures, afterMs, traceparent }: Waiting): void {
    const key = keyOf(consumer, work.eventId);
    const letter = this.letters.get(key);
    if (this.waiting.has(key) || (letter !== undefined && letter.state !== 'redriven')) return;
    this.waiting.set(key, {
      ...workItemIn(work),
      consumer,
      attempts,
      failures,
      traceparent,
      dueAtMs: this.clock.nowMs() + afterMs,
      isHeld: false,
    });
  }

  bury(letter: NewDeadLetter): void {
    const key = keyOf(letter.consumer, letter.eventId);
    const earlier = this.letters.get(key);
    const nowMs = this.clock.nowMs();
    this.waiting.delete(key);
    if (earlier?.state === 'discarded') return;
    this.letters.set(key, {
      ...letter,
      id: earlier?.id ?? this.#makeId(),
      attempts: letter.attempts + (earlier?.attempts ?? 0),
      firstAtMs: earlier?.firstAtMs ?? nowMs,
      lastAtMs: nowMs,
      state: 'open',
      resolvedBy: undefined,
      resolvedWhy: undefined,
    });
  }

  isFirstOfItsStream(row: WaitingRow): boolean {
    const before = (other: WorkItem & { consumer: string }) =>
      other.consumer === row.consumer && other.log === row.log && other.stream === row.stream;
    for (const other of this.waiting.values()) if (before(other) && other.position < row.position) return false;
    for (const letter of this.letters.values())
      if (before(letter) && isUnresolved(letter) && letter.position <= row.position) return false;
    return true;
  }
}

function ledgerOf(tables: Tables): WorkerLedger {
  const { clock, marks, waiting, letters, dryRuns } = tables;
  return {
    loadMark: async (consumer, log) => marks.get(markKey(consumer, log)),
    async saveMark(consumer, log, mark) {
      const now = marks.get(markKey(consumer, log));
      if (now !== undefined && (now.incarnation !== mark.incarnation || now.position >= mark.position)) return;
      marks.set(markKey(consumer, log), mark);
    },
    async settledAbove(consumer, log, mark) {
      const rows = [...of(waiting, consumer), ...of(letters, consumer).filter(({ state }) => state !== 'redriven')];
      return rows.filter((row) => row.log === log && row.position > mark).map((row) => row.position);
    },
    async stuck(consumer) {
      const rows = of(waiting, consumer);
      const open = of(letters, consumer).filter(isUnresolved);
      const streams = new Set([...rows, ...open].map(({ stream }) => stream));
      return {
        streams: [...streams].toSorted().slice(0, stuckStreamsMax),
        hasMore: streams.size > stuckStreamsMax,
        waiting: rows.length,
        openDeadLetters: open.length,
      };
    },
    wait: async (consumer, work, how) => tables.wait(consumer, work, how),
    async claim(consumer, { limit, leaseMs, suspect }) {
      const nowMs = clock.nowMs();
      let suspects = suspect ? 1 : 0;
      const due = of(waiting, consumer)
        .filter(
          (row) => row.dueAtMs <= nowMs || (row.isHeld && !leaseRuns({ untilMs: row.dueAtMs, nowMs, ttlMs: leaseMs })),
        )
        .filter((row) => tables.isFirstOfItsStream(row))
        .toSorted((left, right) => left.dueAtMs - right.dueAtMs || left.position - right.position)
        .filter(({ attempts, failures }) => attempts - failures < suspectCrashes || suspects-- > 0)
        .slice(0, limit)
        .toSorted((left, right) => left.position - right.position);
      return due.map((row) => {
        const claimed = { ...row, attempts: row.attempts + 1, dueAtMs: nowMs + leaseMs, isHeld: true };
        waiting.set(keyOf(consumer, row.eventId), claimed);
        return claimed;
      });
    },
    renew: async (consumer, event, leaseMs) =>
      tables.change(consumer, event, () => ({ dueAtMs: clock.nowMs() + leaseMs, isHeld: true })),
    postpone: async (consumer, event, { afterMs, counts, traceparent }) =>
      tables.change(consumer, event, (row) => ({
        dueAtMs: clock.nowMs() + afterMs,
        isHeld: false,
        failures: row.failures + (counts ? 1 : 0),
        attempts: counts ? row.failures + 1 : row.attempts - 1,
        traceparent: traceparent ?? row.traceparent,
      })),
    async finish(consumer, event) {
      waiting.delete(keyOf(consumer, event));
    },
    bury: async (letter) => tables.bury(letter),
    async takeRedrives(consumer) {
      const asked = of(letters, consumer).filter(({ state }) => state === 'redriveRequested');
      for (const letter of asked) {
        letters.set(keyOf(consumer, letter.eventId), { ...letter, state: 'redriven' });
        tables.wait(consumer, letter, { attempts: 0, failures: 0, afterMs: 0, reason: 'redriven' });
      }
      return asked.length;
    },
    ...dryRunsOf(dryRuns),
  };
}

function deskOf(tables: Tables): DeadLetterDesk {
  const { letters } = tables;
  const find = (id: string): DeadLetter | undefined => [...letters.values()].find((letter) => letter.id === id);
  const decide = async (
    id: string,
    decision: DecisionRecord['decision'],
    { by, why }: Decision,
  ): Promise<DecisionOutcome> => {
    const letter = find(id);
    if (letter === undefined) return { kind: 'unknown' };
    const state = letterStateAfter(decision, letter.state);
    if (state === undefined) return { kind: 'notOpen', state: letter.state };
    letters.set(keyOf(letter.consumer, letter.eventId), { ...letter, state, resolvedBy: by, resolvedWhy: why });
    tables.decisions.push({ letter: id, decision, by, why, atMs: tables.clock.nowMs() });
    return { kind: 'decided' };
  };
  return {
    list: async ({ consumer, state, stream, after, limit }) =>
      [...letters.values()]
        .filter(
          (letter) =>
            (consumer ?? letter.consumer) === letter.consumer &&
            (state ?? letter.state) === letter.state &&
            (stream ?? letter.stream) === letter.stream &&
            (after === undefined || inOrder(letter, after) > 0),
        )
        .toSorted(inOrder)
        .slice(0, limit),
    get: async (id) => find(id),
    decisions: async (id) =>
      tables.decisions
        .filter(({ letter }) => letter === id)
        .map(({ decision, by, why, atMs }) => ({ decision, by, why, atMs })),
    behind: async ({ consumer, log, stream, position }) =>
      of(tables.waiting, consumer).filter((row) => row.log === log && row.stream === stream && row.position > position)
        .length,
    async askDryRun(id) {
      const letter = find(id);
      return letter && askDryRun(tables.dryRuns, letter);
    },
    dryRunAnswer: async (request) => tables.dryRuns.get(request)?.answer,
    redrive: (id, decision) => decide(id, 'redrive', decision),
    discard: (id, decision) => decide(id, 'discard', decision),
  };
}

function of<Row extends { readonly consumer: string }>(rows: ReadonlyMap<string, Row>, consumer: string): Row[] {
  return [...rows.values()].filter((row) => row.consumer === consumer);
}

function isUnresolved({ state }: DeadLetter): boolean {
  return unresolvedStates.some((unresolved) => unresolved === state);
}

function keyOf(consumer: string, event: EventId): string {
  return `${consumer} ${event}`;
}

function markKey(consumer: string, log: LogName): string {
  return `${consumer} ${log}`;
}
