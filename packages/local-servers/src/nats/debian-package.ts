/** nats-server out of Debian's package, unpacked into the cache: nothing is installed on the system, and any user can do it. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '@eventstream/platform';

const run = promisify(execFile);
const maxAptMs = 180_000;

/**
 * Fetches and unpacks the package; the path of the program. Throws where apt-get or dpkg-deb is missing or no source has the package.
 * The system's package lists are used when they know it; else (a fresh machine has none) private ones are fetched into the cache.
 */
export async function unpackDebianPackage(cacheDir: string): Promise<string> {
  const work = join(cacheDir, `debian.${process.pid}`);
  mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(work, 'archives', 'partial'), { recursive: true });
  try {
    await apt(work, ['download', 'nats-server'], []).catch(async () => {
      const lists = privateLists(work);
      // A source that doesn't answer fails the update as a whole, but the others' lists are there: only the download decides.
      await apt(work, ['update'], lists).catch(() => undefined);
      await apt(work, ['download', 'nats-server'], lists);
    });
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new CodedError('nats_package_missing', 'apt-get download left no package behind.');
    await run('dpkg-deb', ['-x', join(work, archive), join(work, 'unpacked')], { timeout: maxAptMs });
    return keep(join(work, 'unpacked', 'usr', 'sbin', 'nats-server'), join(cacheDir, 'debian'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** `apt-get download` puts the package into the working folder. Without its sandbox user, who can't write there. */
function apt(work: string, args: readonly string[], options: readonly string[]) {
  return run('apt-get', [...options, '-q', '-o', 'APT::Sandbox::User=', ...args], { cwd: work, timeout: maxAptMs });
}

/** Lists and caches of our own; sources and keys stay the system's. */
function privateLists(work: string): string[] {
  const folders = {
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache::Archives': join(work, 'archives'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Acquire::Languages': 'none',
  };
  return Object.entries(folders).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Copies and renames, so that a program in the cache is always a whole one. */
function keep(program: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const kept = join(folder, 'nats-server');
  copyFileSync(program, `${kept}.${process.pid}`);
  renameSync(`${kept}.${process.pid}`, kept);
  return kept;
}
