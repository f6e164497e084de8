/**
 * What a worker tells its operators though it is ready: dead letters, a broker that does not deliver, a backlog. Each is
 * a check of its own in /readyz, optional, with the command that helps.
 */
import type { Position } from '@eventstream/contracts';
import type { Readiness, Ready } from '@eventstream/platform';

/** What one consumer has to complain about. */
export interface Troubles {
  readonly consumer: string;
  /** Dead letters that nobody has decided about. */
  readonly openDeadLetters: number;
  /** Found in the store lately, since the broker did not deliver them: how many, and the first of the last find. */
  readonly undelivered: { readonly count: number; readonly first: Position } | undefined;
  /** Events that wait at the broker, and for how long there have been any. */
  readonly backlog: { readonly events: number; readonly forMs: number };
}

/** A backlog of this age is worth a word; a burst is over by then. */
const backlogWorthAWordMs = 60_000;
/** For so long a find of the sweeper is shown. */
export const undeliveredShownMs = 600_000;

/** The checks of a worker of this name. `ask` answers for all of its consumers. */
export function workerWarnings(worker: string, ask: () => readonly Troubles[]): readonly Readiness[] {
  const check = (what: string, judge: (troubles: Troubles) => Complaint | undefined): Readiness => ({
    name: `${worker} ${what}`,
    optional: true,
    check: async () => joined(ask().flatMap((troubles) => judge(troubles) ?? [])),
  });
  return [check('dead letters', ofDeadLetters), check('deliveries', ofDeliveries), check('backlog', ofBacklog)];
}

/** What is wrong, and what helps. */
export interface Complaint {
  readonly reason: string;
  readonly nextStep: string;
  /** What helps when other consumers complain, too. Left out: the same. */
  readonly nextStepOfAll?: string;
}

function joined([first, ...others]: readonly Complaint[]): Ready {
  if (first === undefined) return { ok: true };
  const reason = [first, ...others].map((complaint) => complaint.reason).join('; ');
  const isOfOne = others.every(({ nextStep }) => nextStep === first.nextStep);
  return { ok: false, reason, nextStep: isOfOne ? first.nextStep : (first.nextStepOfAll ?? first.nextStep) };
}

function ofDeadLetters({ consumer, openDeadLetters }: Troubles): Complaint | undefined {
  if (openDeadLetters === 0) return undefined;
  return {
    reason:
      openDeadLetters === 1
        ? `${consumer} has one dead letter; later events of its stream wait behind it`
        : `${consumer} has ${openDeadLetters} dead letters; later events of their streams wait behind them`,
    nextStep: `see what they are: \`npx eventstream dead-letters list --consumer ${consumer}\``,
    nextStepOfAll: 'see what they are: `npx eventstream dead-letters`',
  };
}

function ofDeliveries({ consumer, undelivered }: Troubles): Complaint | undefined {
  if (undelivered === undefined) return undefined;
  const { count, first } = undelivered;
  return {
    reason: `the broker did not deliver ${count} events to ${consumer}, the last ones from position ${first} on; they are done from the store`,
    nextStep: 'nothing is lost, it is only slower; see why: `npx eventstream logs nats-server`',
  };
}

function ofBacklog({ consumer, backlog: { events, forMs } }: Troubles): Complaint | undefined {
  return aboutBacklog(forMs, (seconds) => `${events} events wait for ${consumer}, and some have for ${seconds} s`);
}

/** What a worker or a follower says about a backlog that it has had for so long. Undefined: not worth a word yet. */
export function aboutBacklog(forMs: number, reason: (seconds: number) => string): Complaint | undefined {
  if (forMs < backlogWorthAWordMs) return undefined;
  return {
    reason: reason(Math.round(forMs / 1000)),
    nextStep:
      'see what it waits for: `npx eventstream status`; it catches up by itself once it is faster than what arrives',
  };
}
