/** Runs a program that ends by itself, with the same care as one that is supervised. */
import { openOutputLog } from './output-log.ts';
import { type ChildOptions, type Exit, spawnChild } from './spawn-child.ts';

/** What to run. */
export interface RunToEndOptions extends ChildOptions {
  /** Rotated log file of stdout and stderr. */
  readonly logFile?: string;
  /** Ends the program with SIGTERM when aborted. */
  readonly signal?: AbortSignal;
}

/** Resolves with how it ended and the last 4,000 characters it wrote. A program that can't be started ends with code null. */
export async function runToEnd(options: RunToEndOptions): Promise<Exit & { readonly lastOutput: string }> {
  const log = openOutputLog(options.logFile);
  const { child, gone } = spawnChild(options, log);
  const end = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', end, { once: true });
  try {
    return { ...(await gone), lastOutput: log.tail() };
  } finally {
    options.signal?.removeEventListener('abort', end);
    await log.close();
  }
}
