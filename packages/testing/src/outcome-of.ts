/** Runs a program of the project to its end, for tests that judge what it says. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
/** More than any of them says. */
const outputBytesMax = 64 * 1024 * 1024;

/** How a program ended, and what it said. */
export interface ProgramOutcome {
  /** Null: it was ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the project's folder; resolves however it ends. */
export function outcomeOf(command: string, args: readonly string[]): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: outputBytesMax };
    const child = execFile(command, args, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
