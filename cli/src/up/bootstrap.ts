/** Runs the bootstrapper once, before any service: databases, roles, the broker's stream. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '@eventstream/local-servers';
import { CodedError } from '@eventstream/platform';
import { type DataFolder, logFileOf, repositoryRoot } from './data-folder.ts';
import { importantLines } from './log-lines.ts';

/** The bootstrapper's code for: everything is there, but something differs from the wanted configuration. */
const drift = 3;

/** Runs it to its end. Throws `bootstrap_failed` with what it said; what it warned about is told. */
export async function runBootstrapper(o: {
  entry: string;
  folder: DataFolder;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  tell: (line: string) => void;
}): Promise<void> {
  const program = join(repositoryRoot, o.entry);
  if (!existsSync(program)) throw new CodedError('bootstrapper_missing', `${o.entry} does not exist.`);
  const end = await runToEnd({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', program],
    env: o.env,
    cwd: repositoryRoot,
    logFile: logFileOf(o.folder, 'bootstrapper'),
    signal: o.signal,
  });
  if (end.code === drift || end.code === 0) {
    for (const line of importantLines(end.lastOutput)) o.tell(`bootstrapper: ${line}`);
    return;
  }
  const said = importantLines(end.lastOutput).join('\n') || end.lastOutput;
  throw new CodedError('bootstrap_failed', `The bootstrapper ${end.reason}.\n${said}`, {
    details: { code: end.code, signal: end.signal },
    nextStep: `All it said is in ${logFileOf(o.folder, 'bootstrapper')}.`,
  });
}
