/** Dead letters that have one fault in common, so that a thousand of them read as one line. */
import { createHash } from 'node:crypto';
import type { EventType } from '@eventstream/contracts';
import type { DeadLetter } from './dead-letters.ts';

/** Letters of one consumer and event type whose reasons are the same when ids and numbers are left aside. */
export interface FaultGroup {
  /** Its name: a function of consumer, type and fault. */
  readonly group: string;
  readonly consumer: string;
  readonly type: EventType;
  /** The reason with ids and numbers replaced. */
  readonly fault: string;
  readonly letters: number;
  /** How many streams they stand in. */
  readonly streams: number;
  readonly attemptsMax: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The one that stands first in the log. */
  readonly first: DeadLetter;
}

/** All groups of some letters. */
export interface FaultGroups {
  /** Most letters first. */
  readonly groups: readonly FaultGroup[];
  readonly looked: number;
  /** False: there are more letters than were looked at. */
  readonly complete: boolean;
}

const faultCharactersMax = 300;

/** What a reason says about the fault and not about one event: its first line, with ids and numbers replaced. */
export function faultIn(reason: string): string {
  const [line = ''] = reason.trim().split('\n', 1);
  return line
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replaceAll(/(?<!\bUTF-)\d+(\.\d+)*/g, '<n>')
    .slice(0, faultCharactersMax);
}

/** The name of the group that a letter belongs to. */
export function groupOf({ consumer, type, reason }: Pick<DeadLetter, 'consumer' | 'type' | 'reason'>): string {
  const hash = createHash('sha256')
    .update(`${type}\n${faultIn(reason)}`)
    .digest('hex');
  return `${consumer}:${hash.slice(0, 16)}`;
}

/** Groups letters that are given oldest position first. */
export function groupByFault(letters: readonly DeadLetter[], complete: boolean): FaultGroups {
  const groups = [...Map.groupBy(letters, groupOf)].flatMap(([group, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const { consumer, type, reason } = first;
    return {
      group,
      consumer,
      type,
      fault: faultIn(reason),
      letters: members.length,
      streams: new Set(members.map(({ stream }) => stream)).size,
      attemptsMax: Math.max(...members.map(({ attempts }) => attempts)),
      firstAtMs: Math.min(...members.map(({ firstAtMs }) => firstAtMs)),
      lastAtMs: Math.max(...members.map(({ lastAtMs }) => lastAtMs)),
      first,
    };
  });
  return { groups: groups.toSorted((one, other) => other.letters - one.letters), looked: letters.length, complete };
}
