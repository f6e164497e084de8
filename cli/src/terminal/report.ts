/** One way to say what went wrong: an expected error is a sentence and a next step, a bug shows where it came from. */
import { CodedError, messageOf } from '@eventstream/platform';
import { faultOf } from '@eventstream/platform/sql';
import { withDataDir } from './named-commands.ts';
import { widthOfErrors, wrapped } from './wrap.ts';

const lookAround = 'See what is wrong with `npx eventstream status` or `npx eventstream doctor`.';

/** Tells the user, on stderr. */
export function report(error: unknown): void {
  const explained = explain(error);
  if (explained === undefined) {
    console.error(error);
    return;
  }
  const next = explained.nextStep === undefined ? '' : `\n${explained.nextStep}`;
  const text = withDataDir(`eventstream: ${explained.sentence}${next}`);
  process.stderr.write(`${wrapped(text, widthOfErrors())}\n`);
}

/** The exit code of a command that could not do its work. */
let failed = 1;

/** Does the work of a command; when it fails, says why and ends with this exit code instead of 1. */
export async function orExitWith(exitCode: number, work: () => Promise<void>): Promise<void> {
  failed = exitCode;
  try {
    await work();
  } catch (error) {
    report(error);
    process.exitCode = exitCode;
  }
}

/** Says why, and ends at once as a command that failed; a worse end that was decided on before is kept. */
export function giveUp(error: unknown): never {
  report(error);
  process.exit(process.exitCode || failed);
}

/** Undefined for a bug. */
function explain(error: unknown): { sentence: string; nextStep: string | undefined } | undefined {
  if (error instanceof CodedError) return { sentence: messageOf(error), nextStep: error.nextStep };
  if (faultOf(error) === 'unavailable')
    return { sentence: `A database does not answer: ${messageOf(error)}`, nextStep: lookAround };
  return undefined;
}
