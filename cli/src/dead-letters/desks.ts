/** The dead letters of all consumers as one desk: workers keep theirs in workersdb, the projection in ordersdb. */
import { CodedError } from '@eventstream/platform';
import type { DeadLetter, DeadLetterDesk, DeadLetterFilter, Decision } from '@eventstream/worker';
import { sqlDeadLetterDesk } from '@eventstream/worker/sql';
import type { Connections } from '../connect/open.ts';
import type { CommandRole } from '../connect/system-addresses.ts';

/** All desks. */
export interface DeadLetterDesks {
  /** Oldest position first, over all of them. */
  list(filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** Throws `dead_letter_unknown`. */
  get(id: string): Promise<DeadLetter>;
  /** Throws `dead_letter_unknown`, or `dead_letter_decided` when nothing is left to decide. */
  decide(id: string, what: 'redrive' | 'discard', decision: Decision): Promise<void>;
}

/** Opens them as a role: `verifier` lists and shows, `operator` decides too. */
export function openDesks(connections: Connections, role: CommandRole): DeadLetterDesks {
  return joinDesks((['workersdb', 'ordersdb'] as const).map((name) => sqlDeadLetterDesk(connections.sql(name, role))));
}

/** Several desks as one. */
export function joinDesks(desks: readonly DeadLetterDesk[]): DeadLetterDesks {
  return {
    async list(filter) {
      const lists = await Promise.all(desks.map((desk) => desk.list(filter)));
      return lists
        .flat()
        .toSorted((one, other) => one.position - other.position)
        .slice(0, filter.limit);
    },
    async get(id) {
      for (const desk of desks) {
        const letter = await desk.get(id);
        if (letter !== undefined) return letter;
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
  };
}

function unknown(id: string): CodedError {
  return new CodedError('dead_letter_unknown', `There is no dead letter ${id}.`, {
    nextStep: 'The ids are shown by `npx eventstream dead-letters list`.',
  });
}
