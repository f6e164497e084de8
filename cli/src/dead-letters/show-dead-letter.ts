/** Dead letters as text for people and as JSON for programs. */
import type { DeadLetter, DeadLetterFile, DryRunAnswer, DryRunOutcome } from '@eventstream/worker';
import { plainTable } from '../terminal/table.ts';

const reasonShownMax = 120;

/** A table, in the order given. */
export function deadLetterTable(letters: readonly DeadLetter[], width?: number): string {
  const rows = letters.map((letter) => [
    letter.id,
    letter.state,
    letter.consumer,
    `${letter.position}`,
    letter.stream,
    briefly(letter.reason),
  ]);
  return plainTable(['dead letter', 'state', 'consumer', 'position', 'stream', 'reason'], rows, width);
}

/** One with everything that is known of it. */
export function deadLetterDetails({ letter, decisions, behind }: DeadLetterFile): string {
  const facts: readonly (readonly [string, string])[] = [
    ['dead letter', letter.id],
    ['state', letter.state],
    ['consumer', letter.consumer],
    ['event', `${letter.eventId} (${letter.type})`],
    ['position', `${letter.log}:${letter.position}`],
    ['stream', `${letter.stream} revision ${letter.revision}`],
    ['attempts', String(letter.attempts)],
    ['first', iso(letter.firstAtMs)],
    ['last', iso(letter.lastAtMs)],
    ['behind it', behind === 0 ? 'nothing waits' : `${behind} events of its stream wait`],
    ...decisions.map(
      ({ decision, by, why, atMs }) => ['decided', `${decision} by ${by} at ${iso(atMs)}: ${why}`] as const,
    ),
    ['reason', letter.reason],
  ];
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`);
  return letter.stack === undefined ? lines.join('\n') : [...lines, '', letter.stack].join('\n');
}

/** The fields under the names that programs read; times as ISO 8601. */
export function deadLetterJson({ firstAtMs, lastAtMs, ...letter }: DeadLetter): Readonly<Record<string, unknown>> {
  return {
    ...letter,
    firstAt: iso(firstAtMs),
    lastAt: iso(lastAtMs),
  };
}

/** The same with everything around it. */
export function deadLetterFileJson({ letter, decisions, behind }: DeadLetterFile): Readonly<Record<string, unknown>> {
  return {
    ...deadLetterJson(letter),
    behind,
    decisions: decisions.map(({ atMs, ...decision }) => ({ ...decision, at: iso(atMs) })),
  };
}

const outcomes: Readonly<Record<DryRunOutcome, string>> = {
  done: 'a redrive would succeed',
  retry: 'it would be tried again later',
  deadLetter: 'it would be a dead letter again',
  threw: 'its handler would throw',
  unavailable: 'something it needs does not answer',
  endedProcess: 'it would end its process',
  unanswered: 'nobody answered',
};

/** What a dry run came to. */
export function dryRunText({ outcome, says, stack, effects }: DryRunAnswer): string {
  const would =
    effects.length === 0 ? ['It would do nothing.'] : ['It would do this:', ...effects.map((one) => `  ${one}`)];
  const lines = [`${outcomes[outcome]}: ${says}`, ...would];
  return stack === undefined ? lines.join('\n') : [...lines, '', stack].join('\n');
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The beginning of a reason on one line; which event it is about stands in the columns before. */
function briefly(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '…');
  return line.length > reasonShownMax ? `${line.slice(0, reasonShownMax)}…` : line;
}
