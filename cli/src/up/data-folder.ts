/** What lies where in the data folder. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CodedError, messageOf } from '@eventstream/platform';
import { Type } from 'typebox';
import { Parse } from 'typebox/value';

/** The root of the repository. */
export const repositoryRoot = resolve(import.meta.dirname, '..', '..', '..');

/** The folder used when `--data-dir` isn't given. */
export const defaultDataDir = join(repositoryRoot, '.eventstream');

/** What a command needs behind it to find the system of this folder: nothing for the usual one. */
export function dataDirOptionFor(dataDir: string): string {
  if (dataDir === defaultDataDir) return '';
  return ` --data-dir ${/^[\w./-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", "'\\''")}'`}`;
}

/** Paths in a data folder. */
export interface DataFolder {
  readonly root: string;
  readonly postgres: string;
  readonly nats: string;
  readonly logs: string;
  readonly pids: string;
  readonly rolePasswords: string;
}

/** The paths, nothing created. */
export function dataFolder(dataDir: string): DataFolder {
  const root = resolve(dataDir);
  const at = (name: string) => join(root, name);
  return {
    root,
    postgres: at('postgres'),
    nats: at('nats'),
    logs: at('logs'),
    pids: at('pids'),
    rolePasswords: at('role-passwords.json'),
  };
}

/** The log file of a server or service. */
export function logFileOf(folder: DataFolder, name: string): string {
  return join(folder.logs, `${name}.log`);
}

/**
 * Creates what isn't there. The folder itself is open to pass through, because root runs PostgreSQL as another user; what is
 * secret in it is closed. Throws `data_folder_unusable` when there can be no such folder, or nothing may be kept in it.
 */
export function createDataFolder(folder: DataFolder): void {
  try {
    makeFolder(folder.root, 0o755);
    for (const closed of [folder.logs, folder.pids]) makeFolder(closed, 0o700);
    accessSync(folder.root, constants.W_OK);
  } catch (error) {
    throw new CodedError('data_folder_unusable', `${folder.root} cannot be the data folder: ${messageOf(error)}.`, {
      cause: error,
      nextStep: 'Name a folder that may be made or written to with --data-dir.',
    });
  }
}

/** Folder by folder, because `recursive` tries for ever where nobody can make one, as in /proc. */
function makeFolder(path: string, mode: number): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isFolder(path)) throw error; // else another start has made it meanwhile
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Deletes everything that we keep in the folder, and nothing else that may lie there. */
export function emptyDataFolder({ postgres, nats, logs, pids, rolePasswords }: DataFolder): void {
  for (const path of [postgres, nats, logs, pids, rolePasswords]) rmSync(path, { recursive: true, force: true });
}

/** True when there is data that a reset would delete. */
export function holdsData({ postgres, nats }: DataFolder): boolean {
  return existsSync(postgres) || existsSync(nats);
}

const passwords = Type.Record(Type.String(), Type.String());

/** A random password for each role, made once and kept in the folder, readable by its owner only. */
export function readOrCreateRolePasswords(folder: DataFolder, roles: readonly string[]): Record<string, string> {
  const file = folder.rolePasswords;
  const known = Parse(passwords, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  const missing = roles.filter((role) => known[role] === undefined);
  const all = { ...known, ...Object.fromEntries(missing.map((role) => [role, randomBytes(24).toString('base64url')])) };
  if (missing.length > 0) {
    writeFileSync(`${file}.new`, JSON.stringify(all), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return all;
}
