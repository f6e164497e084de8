/**
 * Telling whether a process that was noted down earlier is the one that runs under that number now.
 * A number alone proves nothing: it is used again, and a dead process whose parent hasn't collected it (a zombie) still
 * answers `kill(pid, 0)`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as noted in a file: its number and a text that only this run of it has. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Identity of the live process `pid`; undefined when there is none or it is a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** True when the noted process is still alive, and not another one that got its number. */
export function isAlive(noted: ProcessIdentity): boolean {
  return identityOf(noted.pid)?.startedAt === noted.startedAt;
}

/** Numbers of the live processes whose working directory is `folder`; empty where the system can't tell (only Linux can). */
export function processesWorkingIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => workingDirectoryOf(entry) === folder)
    .map(Number)
    .filter((pid) => identityOf(pid) !== undefined);
}

function workingDirectoryOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // it ended meanwhile, or belongs to somebody else
  }
}

/** Start time in clock ticks since boot (field 22 of /proc/PID/stat) and the id of that boot. */
function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may hold spaces and brackets itself: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  if (state === 'Z' || state === 'X') return undefined;
  return `${fields[19]}@${bootId()}`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

function startByPs(pid: number): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [, state, startedAt] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? [];
  return status !== 0 || state === undefined || state.startsWith('Z') ? undefined : startedAt;
}
