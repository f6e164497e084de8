/**
 * What a consumer remembers in its database: how far it is for sure, and the work that did not succeed at once.
 *
 * An event whose first delivery succeeds leaves no row. Anything else (a handler that failed, a delivery that the
 * broker repeats, an event that only the sweeper found) becomes *waiting work*: one row, after which the delivery is
 * acked and the row alone is responsible. So stuck work neither fills the broker's window nor ages out with it, its
 * attempts are counted in a commit before the handler runs, and it survives the loss of the broker.
 *
 * Every call rejects with `InfrastructureFault` when the database cannot answer; nothing is known of its effect then,
 * and each of them may be repeated.
 */
import type { EventId, Incarnation, LogName, Position, StreamName } from '@eventstream/contracts';
import type { NewDeadLetter } from './dead-letters/dead-letters.ts';
import type { DryRunAnswer, DryRunRequest } from './dead-letters/dry-run.ts';
import type { WorkItem } from './work-item.ts';

/** Work that was claimed and is to be done now. */
export interface ClaimedWork extends WorkItem {
  /** How often the handler was begun, this time included. Which attempts are forgotten, `Postponement.counts` says. */
  readonly attempts: number;
  /** How many of the earlier attempts failed and said so. The others ended with their process. */
  readonly failures: number;
  /** Traceparent of the latest attempt's span, to link this one to. */
  readonly traceparent: string | undefined;
}

/** The most stuck streams that a ledger names. */
export const stuckStreamsMax = 10_000;

/** The most that one claim gives out. */
export const claimedMax = 100;

/** What a claim asks for. */
export interface ClaimWish {
  /** 1 to `claimedMax`. */
  readonly limit: number;
  /** A lease that ends more than twice this ahead is ignored: the clock was set back since. */
  readonly leaseMs: number;
  /**
   * Whether one of the answer may be a suspect: work that has had `suspectCrashes` attempts which ended with their
   * process. There is never more than one in hand, because all that is claimed when a process ends counts as begun, and
   * would be suspected with it.
   */
  readonly suspect: boolean;
}

/**
 * After so many attempts that ended with their process an event is a suspect. Suspects are tried one at a time, so that
 * the next crash has one culprit.
 */
export const suspectCrashes = 2;

/** How work comes to wait. */
export interface Waiting {
  /** Attempts and failures that there were already. */
  readonly attempts: number;
  readonly failures: number;
  readonly afterMs: number;
  readonly reason: string;
  readonly traceparent?: string | undefined;
}

/** What is changed in waiting work after an attempt that did not end it. */
export interface Postponement {
  readonly afterMs: number;
  readonly reason: string;
  /**
   * False: the fault lay elsewhere, and the attempt does not count. True: the attempt ended and said how. That clears
   * the event of suspicion: earlier attempts that ended with their process are forgotten, since something else must
   * have ended it.
   */
  readonly counts: boolean;
  readonly traceparent?: string | undefined;
}

/** How far a consumer is: every event of its type up to here is done, waiting, or a dead letter. */
export interface Mark {
  readonly position: Position;
  readonly incarnation: Incarnation;
}

/** What a consumer has on its hands. */
export interface StuckWork {
  /** Streams with waiting work or an open dead letter: later events of theirs have to wait behind it. At most `stuckStreamsMax`. */
  readonly streams: readonly StreamName[];
  /** There are more streams than these: any other may be one of them. */
  readonly hasMore: boolean;
  /** All of it, also of streams that are not named. */
  readonly waiting: number;
  readonly openDeadLetters: number;
}

/** A consumer's memory. `consumer` is the durable name, such as `paymentworker-created`. */
export interface WorkerLedger {
  /** The consumer's mark, or undefined before the first. */
  loadMark(consumer: string, log: LogName): Promise<Mark | undefined>;
  /** Moves the mark forwards. Changes nothing when it is further on, or belongs to another incarnation. */
  saveMark(consumer: string, log: LogName, mark: Mark): Promise<void>;
  /** Positions above the mark that waiting work or a dead letter (unless redriven) stands for. */
  settledAbove(consumer: string, log: LogName, mark: Position): Promise<readonly Position[]>;
  stuck(consumer: string): Promise<StuckWork>;
  /** Records work that waits. Changes nothing when it waits already or is an unresolved or discarded dead letter. */
  wait(consumer: string, work: WorkItem, waiting: Waiting): Promise<void>;
  /**
   * Takes the work that has been due longest, and counts the attempt; answers it oldest position first. It is due again
   * after `leaseMs` unless it is finished, postponed or renewed before. Of one stream only the first is given out, and
   * none that lies behind an open dead letter of its stream. Of suspects, one at most.
   */
  claim(consumer: string, wish: ClaimWish): Promise<readonly ClaimedWork[]>;
  /** Still at work on it. */
  renew(consumer: string, event: EventId, leaseMs: number): Promise<void>;
  /** Tries again later. */
  postpone(consumer: string, event: EventId, postponement: Postponement): Promise<void>;
  /** The work is done. */
  finish(consumer: string, event: EventId): Promise<void>;
  /** The work becomes a dead letter, in one transaction. A redriven one of the same event is opened again; a discarded one stays so. */
  bury(letter: NewDeadLetter): Promise<void>;
  /** Turns dead letters of which somebody asked for a redrive into waiting work that is due now. Answers how many. */
  takeRedrives(consumer: string): Promise<number>;
  /** Takes the oldest dry run that somebody asked for; each is taken once. */
  takeDryRun(consumer: string): Promise<DryRunRequest | undefined>;
  answerDryRun(request: string, answer: DryRunAnswer): Promise<void>;
  /** For a consumer that begins: dry runs that were taken and never answered have ended their process. */
  endDryRuns(consumer: string): Promise<number>;
}
