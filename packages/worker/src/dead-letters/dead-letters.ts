/**
 * Dead letters: events that a consumer could not handle and will not try again by itself. They are kept until somebody
 * redrives or discards them; meanwhile later events of the stream wait behind them, for that consumer only.
 */
import type { StreamName } from '@eventstream/contracts';
import type { WorkItem } from '../work-item.ts';
import type { DryRunAnswer } from './dry-run.ts';

/** Where a dead letter can stand, in the order of a life. `redriveRequested` until its consumer has taken it up again. */
export const deadLetterStates = ['open', 'redriveRequested', 'redriven', 'discarded'] as const;
/** Where a dead letter stands. */
export type DeadLetterState = (typeof deadLetterStates)[number];

/** Those in which it holds up its stream. */
export const unresolvedStates = ['open', 'redriveRequested'] as const satisfies readonly DeadLetterState[];

/** A dead letter about to be written. */
export interface NewDeadLetter extends WorkItem {
  readonly consumer: string;
  readonly reason: string;
  /** Stack of what was thrown, if something was. */
  readonly stack: string | undefined;
  readonly attempts: number;
}

/** A dead letter as it is kept. Times are the database's, milliseconds since 1970. */
export interface DeadLetter extends NewDeadLetter {
  readonly id: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly state: DeadLetterState;
  /** Who asked for the redrive or discarded it, and why. */
  readonly resolvedBy: string | undefined;
  readonly resolvedWhy: string | undefined;
}

/** Which dead letters are wanted; oldest position first. */
export interface DeadLetterFilter {
  readonly consumer?: string | undefined;
  readonly state?: DeadLetterState | undefined;
  /** Only those of events of this stream. */
  readonly stream?: StreamName | undefined;
  /** Only those behind this one: the last of a page leads to the next. */
  readonly after?: DeadLetter | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** As lists are ordered: by log, position, consumer and id, texts by their characters' codes. */
export function inOrder(left: DeadLetter, right: DeadLetter): number {
  const byName = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
  return (
    byName(left.log, right.log) ||
    left.position - right.position ||
    byName(left.consumer, right.consumer) ||
    byName(left.id, right.id)
  );
}

/** Who decides about a dead letter, and why; kept for ever. */
export interface Decision {
  readonly by: string;
  readonly why: string;
}

/** A decision as it was written down. */
export interface DecisionRecord extends Decision {
  readonly decision: 'redrive' | 'discard';
  readonly atMs: number;
}

/** The state that a decision leads to; undefined when a letter in this state leaves nothing to decide. */
export function letterStateAfter(
  decision: DecisionRecord['decision'],
  state: DeadLetterState,
): DeadLetterState | undefined {
  switch (decision) {
    case 'redrive':
      return state === 'open' ? 'redriveRequested' : undefined;
    case 'discard':
      return state === 'open' || state === 'redriveRequested' ? 'discarded' : undefined;
  }
}

/** What became of a decision. */
export type DecisionOutcome =
  | { readonly kind: 'decided' }
  | { readonly kind: 'unknown' }
  /** It is in a state that leaves nothing to decide. */
  | { readonly kind: 'notOpen'; readonly state: DeadLetterState };

/** What people do with dead letters. Works from any process that reaches the database. */
export interface DeadLetterDesk {
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** Every decision about it, oldest first. */
  decisions(id: string): Promise<readonly DecisionRecord[]>;
  /** How much work of its stream the consumer keeps waiting behind it. */
  behind(letter: DeadLetter): Promise<number>;
  /** Asks its consumer for a dry run; answers the request's id, or undefined when there is no such letter. */
  askDryRun(id: string, by: string): Promise<string | undefined>;
  /** The answer to such a request; undefined as long as there is none. */
  dryRunAnswer(request: string): Promise<DryRunAnswer | undefined>;
  /** Asks the consumer to try it again, and then what waits behind it, in order. */
  redrive(id: string, decision: Decision): Promise<DecisionOutcome>;
  /** Gives it up: the event is never handled by this consumer, and what waits behind it goes on. */
  discard(id: string, decision: Decision): Promise<DecisionOutcome>;
}
