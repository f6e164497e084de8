/** Dead letters as text for people and as JSON for programs. */
import type { DeadLetter } from '@eventstream/worker';
import { plainTable } from '../up/welcome.ts';

const reasonShownMax = 80;

/** A table, in the order given. */
export function deadLetterTable(letters: readonly DeadLetter[]): string {
  const rows = letters.map((letter) => [
    letter.id,
    letter.state,
    letter.consumer,
    `${letter.position}`,
    letter.stream,
    oneLine(letter.reason).slice(0, reasonShownMax),
  ]);
  return plainTable(['dead letter', 'state', 'consumer', 'position', 'stream', 'reason'], rows);
}

/** One with everything that is known of it. */
export function deadLetterDetails(letter: DeadLetter): string {
  const facts: readonly (readonly [string, string])[] = [
    ['dead letter', letter.id],
    ['state', letter.state],
    ['consumer', letter.consumer],
    ['event', `${letter.eventId} (${letter.type})`],
    ['position', `${letter.log}:${letter.position}`],
    ['stream', `${letter.stream} revision ${letter.revision}`],
    ['attempts', String(letter.attempts)],
    ['first', new Date(letter.firstAtMs).toISOString()],
    ['last', new Date(letter.lastAtMs).toISOString()],
    ['decided by', letter.resolvedBy ?? '-'],
    ['because', letter.resolvedWhy ?? '-'],
    ['reason', letter.reason],
  ];
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`);
  return letter.stack === undefined ? lines.join('\n') : [...lines, '', letter.stack].join('\n');
}

/** The fields under the names that programs read; times as ISO 8601. */
export function deadLetterJson({ firstAtMs, lastAtMs, ...letter }: DeadLetter): Readonly<Record<string, unknown>> {
  return {
    ...letter,
    firstAt: new Date(firstAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
