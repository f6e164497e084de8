/** PostgreSQL's data folder: created whole or not at all, refused when it belongs to another version. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@eventstream/platform';
import { identityOf, processesWorkingIn } from '../process/process-identity.ts';
import type { PostgresBinaries } from './binaries.ts';
import { commandAs, giveTo, type RunAs } from './run-as.ts';

const maxInitMs = 60_000;
const maxWaitForDeadMs = 5_000;

/** Environment of PostgreSQL's programs: nothing of the caller's PG… variables gets in. */
export const postgresEnvironment: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };

/** Opens the cluster in `dataDir`, creating it at the first time. */
export function openCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  runAs: RunAs,
): { folder: string; password: string } {
  const folder = join(dataDir, 'cluster');
  const password = readOrCreatePassword(join(dataDir, 'password'));
  if (!existsSync(folder)) createCluster(folder, { binaries, runAs, password });
  refuseOtherVersion(folder, binaries.majorVersion);
  giveTo(runAs, folder);
  return { folder, password };
}

/** The administrator's password, made at random the first time and kept in `file`, readable by its owner only. */
function readOrCreatePassword(file: string): string {
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept !== '') return kept;
  // Whole or not at all: on a full disk an empty file would be left, and every later start would take it for the password.
  writeFileSync(`${file}.new`, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return readFileSync(file, 'utf8');
}

function createCluster(folder: string, o: { binaries: PostgresBinaries; runAs: RunAs; password: string }): void {
  removeUnfinished(folder);
  const unfinished = `${folder}${unfinishedMark}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${unfinished}-password`;
  mkdirSync(unfinished, { mode: 0o700 });
  mkdirSync(passwordFile, { recursive: true, mode: 0o700 });
  writeFileSync(join(passwordFile, 'password'), o.password, { mode: 0o600 });
  giveTo(o.runAs, unfinished);
  giveTo(o.runAs, passwordFile);
  try {
    const initdb = commandAs(o.runAs, join(o.binaries.folder, 'bin', 'initdb'), [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${join(passwordFile, 'password')}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--data-checksums',
    ]);
    const { command, args, ...ids } = initdb;
    const result = spawnSync(command, args, { ...ids, env: postgresEnvironment, encoding: 'utf8', timeout: maxInitMs });
    if (result.status !== 0) throw initdbFailed(result, unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(passwordFile, { recursive: true, force: true });
  }
}

const unfinishedMark = '.unfinished';

/**
 * What earlier starts left that were killed. Their initdb may still be at work, and removes what is in its folder when it
 * fails: so each start has a folder of its own, and what cannot be removed yet is left to the next one.
 */
function removeUnfinished(folder: string): void {
  const left = readdirSync(dirname(folder)).filter((name) => name.startsWith(basename(folder) + unfinishedMark));
  for (const name of left)
    try {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    } catch {
      // Something was made in it meanwhile.
    }
}

function initdbFailed(result: { error?: Error; stderr: string; stdout: string }, folder: string): CodedError {
  const output = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim();
  return new CodedError('postgres_init_failed', `initdb failed: ${result.error?.message ?? ''}\n${output}`, {
    details: { folder },
    nextStep: 'The text above is from PostgreSQL; a full disk and a missing system library are the usual causes.',
  });
}

function refuseOtherVersion(folder: string, majorVersion: string): void {
  const found = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (found === majorVersion) return;
  throw new CodedError(
    'postgres_version_mismatch',
    `${folder} was made by PostgreSQL ${found}; this is ${majorVersion}.`,
    {
      details: { folder, found, majorVersion },
      nextStep:
        'Go on with the release of eventstream that made it, or move the data as docs/operations.md says, ' +
        'or start again with `npx eventstream up --reset`, which deletes it.',
    },
  );
}

/**
 * Removes `postmaster.pid` when it would keep PostgreSQL from starting for no reason: its process is a zombie that nobody collected,
 * or the number now belongs to another program. PostgreSQL itself clears one whose process is gone.
 * Waits first until no process of the old server works in the folder any more.
 */
export async function clearStalePid(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  const pid = pidIn(file);
  if (pid === undefined) return;
  const deadlineMs = performance.now() + maxWaitForDeadMs;
  while (processesWorkingIn(folder).length > 0 && performance.now() < deadlineMs) await delay(20);
  const stillThere = processesWorkingIn(folder);
  if (stillThere.length > 0 || (process.platform !== 'linux' && identityOf(pid) !== undefined)) {
    throw new CodedError('postgres_already_running', `Another PostgreSQL (process ${pid}) runs on ${folder}.`, {
      details: { folder, pid, processes: stillThere },
      nextStep: `Stop it first: kill -INT ${pid}`,
    });
  }
  rmSync(file, { force: true });
}

function pidIn(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
