/** What a verification found. Every promise has a line; a broken one names its first difference and the order it concerns. */
import type { Incarnation, LogName, OrderId, Position } from '@eventstream/contracts';

/** The promises of the platform, by their numbers in the design and the README. */
export const promises = {
  dense: { number: 1, says: 'positions are 1..n without a hole' },
  streams: { number: 2, says: 'revisions of every stream are 1..k' },
  acked: { number: 3, says: 'every order that anybody was told of is in the log, once' },
  appendOnly: { number: 4, says: "the service's role can neither change nor remove an event" },
  copy: { number: 5, says: 'what the broker retains equals the log, position by position' },
  lives: { number: 6, says: 'every order lives by the rules and ends at most once' },
  money: {
    number: 7,
    says: "at most one debit an order; debits − voids = approved + in flight; the provider's books agree",
  },
  readModel: { number: 8, says: 'the read model equals a fold of the log' },
  effectsOnce: { number: 9, says: 'every cause has each effect once' },
  nothingDropped: {
    number: 10,
    says: 'every event is handled, waiting, or a visible dead letter; every void is done or visibly stuck',
  },
} as const;

/** One of them. */
export type PromiseName = keyof typeof promises;

const isPromise = (name: string): name is PromiseName => Object.hasOwn(promises, name);
/** All of them, by their numbers. */
export const promiseNames: readonly PromiseName[] = Object.keys(promises).filter(isPromise);

/** One thing that is not as promised. */
export interface Difference {
  readonly promise: PromiseName;
  readonly message: string;
  readonly orderId?: OrderId;
  readonly position?: Position;
}

/** How one promise stands. */
export interface PromiseReport {
  readonly promise: PromiseName;
  readonly number: number;
  readonly says: string;
  readonly verdict: 'holds' | 'broken' | 'not checked';
  /** How many events, orders or messages were looked at. */
  readonly examined: number;
  readonly differences: number;
  readonly first?: Difference;
  /** Why it was not checked. */
  readonly reason?: string;
}

/** Sums of one currency, in minor units. */
export interface MoneySums {
  debited: bigint;
  voided: bigint;
  approved: bigint;
  /** Debited, not voided, and the order has no end yet. */
  inFlight: bigint;
  /** Debited by another program, without an entry at our gateway; part of `debited`. */
  external: bigint;
}

/** Things that are no difference but that somebody should know. Each list is bounded; the count is not. */
export interface Remarks {
  readonly openIntents: Tally;
  readonly staleRows: Tally;
  readonly openDeadLetters: Tally;
  readonly stuckVoids: Tally;
  readonly unfinishedOrders: Tally;
}

/** A count, and the first few it counts. */
export interface Tally {
  count: number;
  readonly first: string[];
}

/** The whole result. It speaks of the log up to `position`, which was the head when the verification began. */
export interface VerificationReport {
  readonly log: LogName;
  readonly position: Position;
  readonly incarnation: Incarnation;
  /**
   * False: a promise is broken. Null: none is, and one could not be checked this time, as when a server is away. What cannot be
   * checked of this system at all, such as rights on a database with roles of one's own, leaves it true.
   */
  readonly holds: boolean | null;
  readonly promises: readonly PromiseReport[];
  readonly orders: number;
  readonly money: ReadonlyMap<string, MoneySums>;
  readonly remarks: Remarks;
  readonly tookMs: number;
}

const tallyFirstMax = 10;

/** Counts one more, and remembers it while few are remembered. */
export function count(tally: Tally, what: string): void {
  tally.count += 1;
  if (tally.first.length < tallyFirstMax) tally.first.push(what);
}
