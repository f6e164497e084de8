/** Finds `pgbench`, or gets it out of Debian's package: PostgreSQL's npm binaries come without it. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptMs = 180_000;

/** A pgbench that runs here. */
export interface Pgbench {
  readonly program: string;
  /** Such as `15.18`. */
  readonly version: string;
}

/** The first that runs of: the PATH, Debian's folders, the cache, Debian's package. A sentence when there is none. */
export async function findPgbench(onProgress: (line: string) => void): Promise<Pgbench | string> {
  const found = firstThatRuns([...folders(), cached()]);
  if (found !== undefined) return found;
  if (!existsSync('/usr/bin/apt-get')) return 'pgbench is not on this machine; it comes with PostgreSQL';
  onProgress('pgbench is not on this machine; getting it out of Debian’s package');
  try {
    await unpackDebianPackage();
  } catch (error) {
    return `pgbench is not on this machine, and Debian’s package could not be had: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
  return firstThatRuns([cached()]) ?? 'pgbench out of Debian’s package does not run here';
}

const debianFolder = '/usr/lib/postgresql';

/** PostgreSQL's own folder first: what Debian puts on the PATH is a Perl wrapper. */
function folders(): string[] {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).toSorted().toReversed() : [];
  return [
    ...versions.map((version) => join(debianFolder, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  ];
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'eventstream', 'pgbench');
}

function cached(): string {
  const versions = join(cacheFolder(), 'usr', 'lib', 'postgresql');
  const [version = 'none'] = existsSync(versions) ? readdirSync(versions) : [];
  return join(versions, version, 'bin');
}

function firstThatRuns(among: readonly string[]): Pgbench | undefined {
  for (const folder of among) {
    const program = join(folder, 'pgbench');
    if (!existsSync(program)) continue;
    const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    const version = /(\d+(\.\d+)+)/.exec(stdout ?? '')?.[1];
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

/** `apt-get download` asks the system's own sources and installs nothing. Its library `libpq5` is looked for by the loader. */
async function unpackDebianPackage(): Promise<void> {
  const folder = cacheFolder();
  const work = join(folder, `work.${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const options = { cwd: work, timeout: aptMs };
    const { stdout } = await run('apt-cache', ['depends', 'postgresql'], options);
    const name = /Depends: (postgresql-\d+)/.exec(stdout)?.[1];
    if (name === undefined) throw new Error('no source of this machine has PostgreSQL');
    await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=', 'download', name], options);
    for (const archive of readdirSync(work).filter((file) => file.endsWith('.deb')))
      await run('dpkg-deb', ['-x', join(work, archive), folder], options);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
