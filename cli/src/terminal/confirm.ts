/** Asks before something that cannot be taken back. */
import { createInterface, type Interface } from 'node:readline/promises';
import { CodedError } from '@eventstream/platform';
import { note } from './print.ts';

/**
 * Resolves when the user says yes or has said so with `--yes`. Throws `not_confirmed` when the answer is another, or
 * when there is nobody to ask.
 */
export async function confirm(what: string, options: { readonly yes: boolean }): Promise<void> {
  note(what);
  if (options.yes) return;
  if (!process.stdin.isTTY)
    throw new CodedError('not_confirmed', 'This has to be confirmed, and there is nobody to ask.', {
      nextStep: 'Add --yes.',
    });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (await saysYes(lines)) return;
  } finally {
    lines.close();
  }
  throw new CodedError('not_confirmed', 'Nothing was changed.');
}

/** Whether the answer is yes. Whoever leaves by Ctrl-C or Ctrl-D has not said so. */
export async function saysYes(lines: Interface): Promise<boolean> {
  try {
    const answer = await lines.question('Go on? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  }
}
