/** The note of a child on disk. By it the next supervisor finds, and ends, what this one leaves behind when it is killed. */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@eventstream/platform';
import { readProcessNote } from './folder-claim.ts';
import { identityOf, isAlive } from './process-identity.ts';

/** How a child that was left behind is ended. */
const endings = [
  { signal: 'SIGINT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** Notes the child that runs now. */
export function noteChild(pidFile: string, pid: number): void {
  const identity = identityOf(pid);
  if (identity === undefined) return;
  try {
    writeFileSync(pidFile, JSON.stringify(identity), { mode: 0o600 });
  } catch {
    // A full disk: the note only helps a later supervisor, and this child must be watched over all the same.
  }
}

/** No child is left. */
export function removeChildNote(pidFile: string): void {
  rmSync(pidFile, { force: true });
}

/** Ends the process that an earlier supervisor left behind; it's ours when its start time matches the noted one. */
export async function endNotedChild(pidFile: string): Promise<void> {
  const left = readProcessNote(pidFile);
  if (left === undefined) return;
  for (const { signal, waitMs } of endings) {
    const deadlineMs = performance.now() + waitMs;
    if (isAlive(left)) process.kill(left.pid, signal);
    while (isAlive(left) && performance.now() < deadlineMs) await delay(20);
  }
  if (!isAlive(left)) return;
  throw new CodedError('left_over_process', `Process ${left.pid} of an earlier run does not end.`, {
    details: { pid: left.pid },
    nextStep: `End it by hand: kill -9 ${left.pid}`,
  });
}
