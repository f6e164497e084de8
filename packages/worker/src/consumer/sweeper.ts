/**
 * Looks into the store for what the broker should have delivered. Promises: every event of the type is looked at once
 * while the process lives; one that stays unsettled for longer than the grace, although the broker has delivered later
 * ones or delivers nothing new, becomes waiting work. A consumer that is merely behind is left alone. What an earlier
 * process had in hand when it ended becomes waiting work at once: the broker would first wait for that process to
 * answer.
 */
import {
  type EventType,
  type Incarnation,
  type LogHead,
  type LogName,
  nowhere,
  type Position,
  position,
} from '@eventstream/contracts';
import { type EventReader, type PositionReader, pageEventsMax } from '@eventstream/event-store';
import type { LeftInHand } from '@eventstream/messaging';
import type { Logger } from '@eventstream/platform';
import type { Scheduler } from '@eventstream/platform/scheduler';
import { undeliveredShownMs } from '../reader/warnings.ts';
import { type WorkItem, workOf } from '../work-item.ts';
import type { WorkerLimits } from '../worker-limits.ts';
import type { InHand } from './in-hand.ts';
import type { Progress } from './progress.ts';
import type { SetAside } from './set-aside.ts';
import * as metrics from './worker-metrics.ts';

/** What the sweeper needs. */
export interface SweeperParts {
  readonly consumer: string;
  readonly log: LogName;
  readonly type: EventType;
  readonly store: EventReader & PositionReader;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  readonly progress: Progress;
  readonly inHand: InHand;
  readonly aside: SetAside;
}

/** Pages that one scan reads at most; the next one goes on from there. */
const scanPagesMax = 100;
/** Events that one sweep sets aside at most. */
const takenMax = 1_000;

/** One consumer's sweeper. */
export class Sweeper {
  readonly #parts: SweeperParts;
  /** What was in the store at the start: unsettled work there is left over from the last stop, not the broker's fault. */
  #startedAt: Position = nowhere;
  /** Up to here the broker delivers nothing again: it was acked, and then the ledger lost what it knew of it. */
  #forgottenTo: Position = nowhere;
  /** The life of the log that the last scan was of. */
  #life: Incarnation | undefined;
  #deliveredTo: Position = nowhere;
  /** When the broker last went further. */
  #deliveredAtMs: number;
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  /** What an earlier process had in hand, until it is taken over. */
  #left: LeftInHand | undefined;
  /** What the broker did not deliver: when it was found last, how many those were so far, and the first of the last find. */
  #missed: { readonly atMs: number; readonly count: number; readonly first: Position } | undefined;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    this.#deliveredAtMs = parts.scheduler.nowMs();
  }

  /**
   * Begins anew, with the log's head as it is now. `forgottenTo`: how far this life of the log was read before the
   * ledger lost that.
   */
  restart(head: Position, forgottenTo: Position): void {
    this.#startedAt = head;
    this.#forgottenTo = forgottenTo;
    this.#deliveredTo = nowhere;
    this.#deliveredAtMs = this.#parts.scheduler.nowMs();
    this.sweepSoon();
  }

  /** An earlier process had this in hand. If it is still alive both do the work, which is harmless. */
  inherit(left: LeftInHand): void {
    this.#left = left;
    this.sweepSoon();
  }

  /** The furthest position that was ever read or delivered, including what the ledger has lost since. */
  get reached(): Position {
    return position(Math.max(this.#parts.progress.scannedTo, this.#deliveredTo, this.#forgottenTo));
  }

  /** Begins a sweep if it is time for one, and answers whether: the next one is then due a while later. */
  beginIfDue(nowMs: number): boolean {
    const { limits, progress } = this.#parts;
    const isDue = nowMs - this.#sweptAtMs >= limits.sweepEveryMs || progress.ahead > limits.rememberedMax;
    if (isDue) this.#sweptAtMs = nowMs;
    return isDue;
  }

  /** The next sweep is due at once. */
  sweepSoon(): void {
    this.#sweptAtMs = Number.NEGATIVE_INFINITY;
  }

  /** What the broker did not deliver, when that was found no longer ago than this. */
  missedWithin(ms: number): { readonly count: number; readonly first: Position } | undefined {
    const missed = this.#missed;
    return missed !== undefined && this.#parts.scheduler.nowMs() - missed.atMs <= ms ? missed : undefined;
  }

  /** Notes a delivery. A repeated one does not count: it does not show that the broker goes on. */
  delivered(at: Position): void {
    if (at <= this.#deliveredTo) return;
    this.#deliveredTo = at;
    this.#deliveredAtMs = this.#parts.scheduler.nowMs();
  }

  /** Learns what the store has; answers its head, or undefined when it has not seen all of it yet. */
  async scan(): Promise<LogHead | undefined> {
    const { log, type, store, progress, scheduler, limits } = this.#parts;
    for (let pages = 0; pages < scanPagesMax && progress.unsettled < limits.rememberedMax; pages += 1) {
      const page = await store.readPositions(log, progress.scannedTo, { types: [type] });
      this.#life = page.incarnation;
      progress.scanned(page.positions, page.scannedTo, scheduler.nowMs());
      if (page.scannedTo >= page.head) return { log, position: page.head, incarnation: page.incarnation };
    }
    return undefined;
  }

  /** Sets aside what the broker owes. Answers how many events that were. */
  async takeUndelivered(): Promise<number> {
    const { scheduler, limits, progress, inHand, aside } = this.#parts;
    const inherited = await this.#takeInherited();
    if (inherited > 0) return inherited;
    const foundBeforeMs = scheduler.nowMs() - limits.graceMs;
    const starved = this.#deliveredAtMs <= foundBeforeMs && inHand.delivered === 0;
    const isOwed = (at: Position): boolean => starved || at <= this.#deliveredTo;
    const late = progress.unsettledSince(foundBeforeMs).filter(isOwed);
    const forgotten = progress.unsettledTo(this.#forgottenTo);
    const owed = await this.#unhandled([...new Set([...forgotten, ...late])]);
    if (owed.length === 0) return 0;
    this.#report(owed);
    const waiting = { attempts: 0, failures: 0, afterMs: 0, reason: 'found in the store, not delivered' };
    await Promise.all(owed.map((item) => aside.wait(item, waiting)));
    return owed.length;
  }

  /**
   * Takes over what an earlier process had in hand. That counts as an attempt, because it may be what ended the
   * process.
   */
  async #takeInherited(): Promise<number> {
    const { consumer, logger, progress, scheduler, aside } = this.#parts;
    const left = this.#left;
    if (left === undefined || progress.scannedTo < left.deliveredTo) return 0;
    const inherited = await this.#unhandled(
      progress.unsettledSince(scheduler.nowMs()).filter((at) => at > left.settledTo && at <= left.deliveredTo),
    );
    if (inherited.length === 0) {
      this.#left = undefined;
      return 0;
    }
    logger.info({ consumer, count: inherited.length }, 'work that an earlier process had in hand is taken over');
    const waiting = { attempts: 1, failures: 0, afterMs: 0, reason: 'an earlier process had it in hand' };
    await Promise.all(inherited.map((item) => aside.wait(item, waiting)));
    return inherited.length;
  }

  /** The first of these events that are not in hand, read from the store. */
  async #unhandled(found: readonly Position[]): Promise<readonly WorkItem[]> {
    const { log, type, store, progress, inHand } = this.#parts;
    const free = found.filter((at) => !inHand.has(at)).toSorted((one, other) => one - other);
    const wanted = new Set(free.slice(0, takenMax));
    const items: WorkItem[] = [];
    for (let [next] = wanted; next !== undefined; [next] = wanted) {
      const limit = Math.min(wanted.size, pageEventsMax);
      const page = await store.readLog(log, position(next - 1), { types: [type], limit });
      // Another life of the log has other events there, or none. The next look at its head halts the consumer.
      if (page.incarnation !== this.#life || page.scannedTo < next) return [];
      items.push(...page.events.filter((event) => wanted.has(event.position)).map(workOf));
      for (const at of wanted) if (at <= page.scannedTo) wanted.delete(at);
    }
    // Deliveries went on while the store was asked.
    return items.filter(({ position: at }) => !inHand.has(at) && !progress.isSettled(at));
  }

  #report(owed: readonly WorkItem[]): void {
    const { consumer, logger } = this.#parts;
    const missed = owed.filter(({ position: at }) => at > this.#startedAt);
    const [first] = missed;
    if (first === undefined) {
      logger.info({ consumer, count: owed.length }, 'work that the last stop left unsettled is done from the store');
      return;
    }
    this.#missed = {
      atMs: this.#parts.scheduler.nowMs(),
      count: missed.length + (this.missedWithin(undeliveredShownMs)?.count ?? 0),
      first: first.position,
    };
    metrics.undelivered.inc({ consumer }, missed.length);
    logger.error(
      { consumer, count: missed.length, firstPosition: first.position, firstEvent: first.eventId },
      'the broker did not deliver what the store has; it is done from the store',
    );
  }
}
