/**
 * What people do about dead letters, over every database that has some: workers keep theirs in workersdb, the projection
 * in ordersdb. One module, so that the command line and the console do the same.
 */
import { CodedError } from '@eventstream/platform';
import {
  type DeadLetter,
  type DeadLetterDesk,
  type DeadLetterFilter,
  type Decision,
  type DecisionRecord,
  inOrder,
} from './dead-letters.ts';
import type { DryRunAnswer } from './dry-run.ts';
import { lettersListedMax } from './each-letter.ts';
import { type FaultGroups, groupByFault } from './fault-groups.ts';
import { type RedriveAll, type Redriven, redriveAll } from './redrive-all.ts';

/** One dead letter with everything around it. */
export interface DeadLetterFile {
  readonly letter: DeadLetter;
  /** Every decision about it, oldest first: who, what, why and when. */
  readonly decisions: readonly DecisionRecord[];
  /** Work of the same stream that its consumer keeps waiting behind it. */
  readonly behind: number;
}

/** The office. Rejects as its databases do, when they do not answer. */
export interface DeadLetterOffice {
  /** Oldest position first, over all of them. */
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** Those with one fault together, most letters first; looks at 1,000 letters, oldest position first. */
  groups(filter: Omit<DeadLetterFilter, 'limit'>): Promise<FaultGroups>;
  /** Throws `dead_letter_unknown`. */
  show(id: string): Promise<DeadLetterFile>;
  /** Throws `dead_letter_unknown`, or `dead_letter_decided` when nothing is left to decide. */
  decide(id: string, what: 'redrive' | 'discard', decision: Decision): Promise<void>;
  /**
   * What its consumer would answer now, and what it would do, with nothing done. `wait` waits so many milliseconds.
   * Throws `dead_letter_unknown`; a consumer that does not answer within 15 s is an outcome.
   */
  dryRun(id: string, by: string, wait: (ms: number) => Promise<unknown>): Promise<DryRunAnswer>;
  /** Redrives all open ones that are asked for, in the order of the log and no faster than the rate. */
  redriveAll(request: RedriveAll): Promise<Redriven>;
}

/** Opens the office over the desks of all databases. */
export function deadLetterOffice(desks: readonly DeadLetterDesk[]): DeadLetterOffice {
  const office: DeadLetterOffice = {
    async list(filter) {
      const lists = await Promise.all(desks.map((desk) => desk.list(filter)));
      // In the desks' own order: one that is left out here comes after the last of this page in its desk too.
      return lists.flat().toSorted(inOrder).slice(0, filter.limit);
    },
    async groups(filter) {
      const letters = await office.list({ ...filter, limit: lettersListedMax });
      return groupByFault(letters, letters.length < lettersListedMax);
    },
    async show(id) {
      for (const desk of desks) {
        const letter = await desk.get(id);
        if (letter === undefined) continue;
        const [decisions, behind] = await Promise.all([desk.decisions(id), desk.behind(letter)]);
        return { letter, decisions, behind };
      }
      throw unknown(id);
    },
    async decide(id, what, decision) {
      for (const desk of desks) {
        const outcome = await desk[what](id, decision);
        if (outcome.kind === 'decided') return;
        if (outcome.kind === 'notOpen')
          throw new CodedError(
            'dead_letter_decided',
            `Dead letter ${id} is ${outcome.state}: nothing is left to decide.`,
          );
      }
      throw unknown(id);
    },
    async dryRun(id, by, wait) {
      for (const desk of desks) {
        const request = await desk.askDryRun(id, by);
        if (request !== undefined) return answerTo(desk, request, wait);
      }
      throw unknown(id);
    },
    redriveAll: (request) => redriveAll(office, request),
  };
  return office;
}

/** Consumers look once a second, and give a handler 10 s. */
const answerWithinMs = 15_000;
const lookEveryMs = 250;

async function answerTo(
  desk: DeadLetterDesk,
  request: string,
  wait: (ms: number) => Promise<unknown>,
): Promise<DryRunAnswer> {
  for (let waitedMs = 0; waitedMs < answerWithinMs; waitedMs += lookEveryMs) {
    await wait(lookEveryMs);
    const answer = await desk.dryRunAnswer(request);
    if (answer !== undefined) return answer;
  }
  return {
    outcome: 'unanswered',
    says: `its consumer did not answer within ${answerWithinMs / 1000} s: see whether it runs (\`npx eventstream status\`)`,
    stack: undefined,
    effects: [],
  };
}

function unknown(id: string): CodedError {
  return new CodedError('dead_letter_unknown', `There is no dead letter ${id}.`, {
    nextStep: 'The ids are shown by `npx eventstream dead-letters list`.',
  });
}
