/** How commands speak: results on stdout, everything else on stderr, JSON with money that stays exact. */
import { styleText } from 'node:util';
import { CodedError } from '@eventstream/platform';
import { giveUp } from './report.ts';
import { widthOfErrors, wrapped } from './wrap.ts';

/** One line of the result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The line, with at most so many characters; one that is cut ends with …. */
export function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** One line beside the result: what is going on, what to know. */
export function note(line: string): void {
  process.stderr.write(`${wrapped(line, widthOfErrors())}\n`);
}

/** One value of the result for programs, on one line; bigint as decimal text, maps as objects. */
export function printJson(value: unknown): void {
  print(toJson(value));
}

/** The JSON that `printJson` writes. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint') return member.toString();
    if (!(member instanceof Map)) return member;
    const object: unknown = Object.fromEntries(member);
    return object;
  });
}

/** Text for a terminal; plain when stdout is none or NO_COLOR is set. */
export function coloured(colour: 'green' | 'red' | 'yellow' | 'dim', text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

/**
 * Ends quietly when the reader of our output has seen enough, as `eventstream events | head` does, and as a failure when the
 * result cannot be written. What is said beside the result is nothing to fail for.
 */
export function endWhenUnread(): void {
  process.stdout.on('error', end);
  process.stderr.on('error', () => {});
}

/** For a command that works whether or not anybody reads what it says: its terminal may be closed, or the `tee` behind it. */
export function goOnWhenReaderLeaves(): void {
  process.stdout.off('error', end);
  process.stdout.on('error', () => {});
}

function end(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(); // with the code that was decided on before
  giveUp(
    new CodedError('output_not_written', `The result could not be written: ${error.message}.`, {
      cause: error,
      nextStep: 'Send it elsewhere, or make room there. What the command was to do may have been done.',
    }),
  );
}
