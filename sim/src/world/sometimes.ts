/**
 * What has to happen now and then, or the simulation proves nothing: every fault at every port, and every path that is
 * taken rarely. (The idea is Antithesis': an assertion that something was seen at least once.)
 */

/** Paths that only the right accident leads into. */
export const rarePaths = {
  approved: 'an order is approved',
  declined: 'an order ends because its payment was declined',
  rejected: 'an order ends because the review rejected it',
  paymentTimeout: 'an order ends because its payment took too long',
  reviewTimeout: 'an order ends because its review took too long',
  cancelled: 'an order ends because its customer cancelled it',
  personDecides: 'a person decides on an order',
  cancelTooLate: 'a customer wants to cancel an approved order and is refused',
  placedAgain: 'a client repeats an order that was stored, and gets the same answer',
  appendRepeated: 'an append is repeated and finds its own event',
  appendConflict: 'an append loses a race and decides again',
  idReused: 'an append finds its id taken by other content',
  unknownOutcome: 'the outcome at the gateway is unknown',
  lookedUp: 'the outcome at the gateway is looked up',
  debitRefusedByTombstone: 'a debit comes after its void and is refused',
  debitAfterClose: 'a debit finds that its void has begun and leaves the gateway alone',
  voidedNothing: 'a void finds that nothing was taken',
  debitFoundByVoid: 'a void finds a debit that the log does not know, and records both',
  workWaits: 'work that failed waits in a row of its own',
  deliveredAgain: 'a delivery comes again, and its attempts are counted from then on',
  foundInTheStore: 'the sweeper finds work that the broker never delivered',
  deadLetter: 'an event becomes a dead letter',
  redriven: 'a dead letter is redriven',
  publishDoubt: 'the relay doubts what the broker has',
  fenceRefused: 'the broker refuses a message at the wrong position',
  leaseLost: 'a relay finds that another one has its lease',
  leaseTaken: 'a relay takes over from another one',
  copyMadeAnew: 'the relay makes the copy of the log anew',
  republished: 'the relay publishes again what it had published before',
  stubPublished: 'an event is too large for the broker, and a stub goes out in its place',
  evicted: 'the broker has let old events go',
  readFromStore: 'a follower reads from the store what the broker did not bring',
  checkpointMoved: 'a follower finds that another one was faster',
  claimedTwice: 'a saga that was claimed is claimed again',
  deadlineRests: 'a deadline is due and is not judged, because somebody lags',
  checkedUnderFire: 'the promises are checked while faults are happening',
} as const;

/** One of them. */
export type RarePath = keyof typeof rarePaths;

/** How often something happened, and in how many worlds. */
export interface Tally {
  times: number;
  worlds: number;
}

/** Counts for one world. */
export class Sometimes {
  readonly counts = new Map<string, number>();

  /** A fault happened; named by place and kind. */
  fault(name: string): void {
    this.#count(name);
  }

  /** A rare path was taken. */
  path(path: RarePath): void {
    this.#count(rarePaths[path]);
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** Adds a world's counts to those of all. */
export function addCounts(tallies: Map<string, Tally>, counts: Iterable<readonly [string, number]>): void {
  for (const [name, times] of counts) {
    const tally = tallies.get(name) ?? { times: 0, worlds: 0 };
    tally.times += times;
    tally.worlds += 1;
    tallies.set(name, tally);
  }
}
