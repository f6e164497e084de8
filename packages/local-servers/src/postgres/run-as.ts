/** PostgreSQL refuses to run as root; here is how it runs when we are root. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The user called nobody, on Linux. PostgreSQL wants a user that the system knows by name. */
const nobody = 65_534;

/** As whom PostgreSQL's programs run. */
export type RunAs =
  /** We aren't root: as ourselves. */
  | { kind: 'self' }
  /** We are root and the folders are open to others: as nobody. */
  | { kind: 'nobody'; uid: number; gid: number }
  /** We are root and a folder on the way is closed (a 0700 home): root outside, nobody inside a user namespace of its own. */
  | { kind: 'namespace' }
  /** None of that works on this machine. */
  | { kind: 'impossible'; closedFolder: string };

/** Decides how to run a program that must reach all of `folders`. */
export function chooseRunAs(folders: readonly string[]): RunAs {
  if (process.geteuid?.() !== 0) return { kind: 'self' };
  const closedFolder = folders.map(firstClosedFolder).find((folder) => folder !== undefined);
  if (closedFolder === undefined) return { kind: 'nobody', uid: nobody, gid: nobody };
  return namespacesWork() ? { kind: 'namespace' } : { kind: 'impossible', closedFolder };
}

/** The first folder from `/` down to `path` that others may not pass through; undefined when the way is open. */
function firstClosedFolder(path: string): string | undefined {
  const ancestors: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    ancestors.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return ancestors.find((folder) => existsSync(folder) && (statSync(folder).mode & 0o001) === 0);
}

/** The command line that runs `command` as decided; uid and gid go to `spawn`. */
export function commandAs(runAs: RunAs, command: string, args: readonly string[]) {
  if (runAs.kind === 'namespace') {
    const map = ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`];
    return { command: 'unshare', args: [...map, command, ...args] };
  }
  const ids = runAs.kind === 'nobody' ? { uid: runAs.uid, gid: runAs.gid } : {};
  return { command, args: [...args], ...ids };
}

/** Gives `folder` and all in it to the user that PostgreSQL runs as, when it belongs to another (an earlier start was different). */
export function giveTo(runAs: RunAs, folder: string): void {
  if (runAs.kind === 'self' || runAs.kind === 'impossible') return;
  const owner = runAs.kind === 'nobody' ? runAs.uid : 0;
  if (statSync(folder).uid === owner) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, entry), owner, owner);
  // The folder itself comes last: if we are interrupted before, the next start sees the old owner and does it all again.
  chownSync(folder, owner, owner);
}

function namespacesWork(): boolean {
  const args = ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`, 'true'];
  return process.platform === 'linux' && spawnSync('unshare', args).status === 0;
}
