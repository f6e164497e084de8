/** One owner per data folder: two supervisors on the same files would destroy them. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@eventstream/platform';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

const maxTries = 5;

/** Who holds a folder. */
export interface FolderClaim {
  /** Gives the folder free. Harmless when called twice. */
  release(): void;
}

/**
 * Claims an existing `folder` for this process by the file `owner.lock` in it. The claim ends with `release()` or with the
 * process, however that dies: a lock whose owner no longer lives is taken over.
 * Throws `folder_in_use` when a live process holds it.
 */
export function claimFolder(folder: string): FolderClaim {
  const lock = join(folder, 'owner.lock');
  const own = identityOf(process.pid);
  if (own === undefined) throw new CodedError('no_process_identity', 'This process cannot read its own start time.');
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o644 });
  try {
    for (let tries = 0; tries < maxTries; tries++) {
      // A link appears with its whole content or not at all; a created file could be read while it's still empty.
      if (tryLink(draft, lock)) return { release: () => removeIfOwn(lock, own) };
      const owner = readProcessNote(lock);
      if (owner !== undefined && isAlive(owner)) throw folderInUse(folder, owner);
      moveAside(lock);
    }
    throw new CodedError('folder_claim_failed', `Cannot claim ${folder}: its lock file keeps changing.`, {
      details: { folder },
      nextStep: 'Another process starts on the same folder at this moment: wait and try again.',
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The process noted in a file of ours; undefined when the file is missing or isn't one. */
export function readProcessNote(file: string): ProcessIdentity | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof note !== 'object' || note === null || !('pid' in note) || !('startedAt' in note)) return undefined;
    const { pid, startedAt } = note;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Renames the dead owner's lock away, so that of several processes that try it only one goes on with that very lock. */
function moveAside(lock: string): void {
  const aside = `${lock}.${process.pid}.dead`;
  try {
    renameSync(lock, aside);
  } catch {
    return; // somebody else was faster
  }
  const moved = readProcessNote(aside);
  // Between reading and renaming, another process may have taken over and put its own lock here: give it back.
  if (moved !== undefined && isAlive(moved)) tryLink(aside, lock);
  rmSync(aside, { force: true });
}

function removeIfOwn(lock: string, own: ProcessIdentity): void {
  const owner = readProcessNote(lock);
  if (owner?.pid === own.pid && owner.startedAt === own.startedAt) rmSync(lock, { force: true });
}

function folderInUse(folder: string, owner: ProcessIdentity): CodedError {
  return new CodedError('folder_in_use', `${folder} is in use by the running process ${owner.pid}.`, {
    details: { folder, pid: owner.pid },
    nextStep: `Stop that one first (kill ${owner.pid}), or choose another data folder.`,
  });
}
