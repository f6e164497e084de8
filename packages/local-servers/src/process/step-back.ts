/**
 * Puts a process behind others for the processors. Niceness counts within a scheduling group, and on Linux with autogroups
 * each session is a group of its own (sched(7)): there a child in its own session needs the group's niceness as well, or
 * the process's has no effect at all.
 */
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf } from '@eventstream/platform';

const triesMax = 20;
/** Linux takes a group's niceness from unprivileged users ten times a second, from all of them together. */
const againAfterMs = 120;

/**
 * Gives the process, and its session where that counts, this niceness from 1 to 19. A wish: where the system does not
 * know of it or does not allow it, or the process has gone, everything works as before, only less evenly.
 */
export async function stepBack(pid: number, niceness: number): Promise<void> {
  try {
    setPriority(pid, niceness);
  } catch {
    return; // it has gone, or belongs to somebody else
  }
  if (process.platform !== 'linux') return;
  for (let tries = 1; tries <= triesMax; tries += 1) {
    try {
      return await writeFile(`/proc/${pid}/autogroup`, String(niceness));
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') return; // no autogroups here
      await wait(againAfterMs);
    }
  }
}
