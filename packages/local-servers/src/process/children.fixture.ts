/** For tests that start a child of their own: waiting for what it prints and for its end, and ending it whatever the test does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from '@eventstream/testing/eventually';
import { identityOf } from './process-identity.ts';
import type { SupervisedProcess } from './supervise-process.ts';

/** Less than what `eventually` gives a fact by itself. */
export const soon = { withinMs: 10_000 };

/** A Node process that runs this text as a module; for what outlives its owner, which a test cannot be itself. */
export function runModule(text: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The first group of `pattern` in the child's output. Throws when the output ends without it. The child ends with this process. */
export async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  process.once('exit', () => child.kill('SIGKILL'));
  child.unref(); // a test that fails before it ends its child mustn't wait for it for ever
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`the child ended and never printed ${pattern}: ${text}`)));
  });
}

/** Resolves when no process has this number any more; rejects after 10 s. */
export async function untilGone(pid: number): Promise<void> {
  await eventually(
    () => identityOf(pid),
    (living) => living === undefined,
    soon,
  );
}

/** Resolves when a supervised process is ready in another process than before; rejects after 10 s. */
export async function untilReadyAgain(supervised: SupervisedProcess, before: number | undefined): Promise<void> {
  await eventually(
    () => ({ state: supervised.state.kind, pid: supervised.pid }),
    ({ state, pid }) => state === 'ready' && pid !== before,
    soon,
  );
}
