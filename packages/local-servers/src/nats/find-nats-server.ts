/** Finds a nats-server on this machine, or gets one: npm has none. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CodedError } from '@eventstream/platform';
import { unpackDebianPackage } from './debian-package.ts';
import { downloadRelease } from './download-release.ts';

/** Older servers lack what we use: `deny_purge`, direct get, the healthz of JetStream. */
const oldestMajor = 2;
const oldestMinor = 9;

/** A program that runs here. */
export interface NatsServerProgram {
  readonly path: string;
  /** Such as `2.9.10`. */
  readonly version: string;
  readonly source: 'given' | 'system' | 'cache' | 'download' | 'debian package';
}

/** Where to look, and whether to get one. */
export interface FindNatsServerOptions {
  /** A program to use in place of any other. Default: `NATS_SERVER_BIN`. */
  readonly given?: string;
  /** Keeps what was downloaded. Default: `defaultNatsCacheDir()`. */
  readonly cacheDir?: string;
  /** False: only look. Default true. */
  readonly allowInstall?: boolean;
  /** Told before a download begins. */
  readonly onProgress?: (message: string) => void;
  /** Folders searched before the cache. Default: the PATH and the usual ones. */
  readonly systemFolders?: readonly string[];
  /** Default: this module's ways of getting one, in order. */
  readonly installers?: readonly NatsInstaller[];
}

/** A way of getting nats-server into `cacheDir`; resolves with the program's path or throws why not. */
export interface NatsInstaller {
  readonly source: 'download' | 'debian package';
  readonly install: (cacheDir: string) => Promise<string>;
}

const usualInstallers: readonly NatsInstaller[] = [
  { source: 'download', install: (cacheDir) => downloadRelease({ cacheDir }) },
  { source: 'debian package', install: unpackDebianPackage },
];

/**
 * `$XDG_CACHE_HOME` or `~/.cache`, there `eventstream/nats-server`: kept over clones and `npm ci`. For a user without a home of
 * its own, `.cache/nats-server` in the project. The folder is created.
 */
export function defaultNatsCacheDir(): string {
  const ofUser = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'eventstream', 'nats-server');
  try {
    mkdirSync(ofUser, { recursive: true });
    accessSync(ofUser, constants.W_OK);
    return ofUser;
  } catch {
    return join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'nats-server');
  }
}

/**
 * The first that runs and is 2.9 or newer, of: the given one, PATH and the usual folders, the cache, a download, Debian's package.
 * Throws `nats_server_not_found` with what was tried and the command for this system; `nats_server_unusable` for a given one that isn't.
 */
export async function findNatsServer(options: FindNatsServerOptions = {}): Promise<NatsServerProgram> {
  const given = options.given ?? process.env['NATS_SERVER_BIN'];
  if (given) return givenProgram(given);
  const cacheDir = options.cacheDir ?? defaultNatsCacheDir();
  const found =
    firstUsable(options.systemFolders ?? systemFolders(), 'system') ?? firstUsable(foldersIn(cacheDir), 'cache');
  if (found !== undefined) return found;
  const faults: string[] = [];
  for (const { source, install } of options.allowInstall === false ? [] : (options.installers ?? usualInstallers)) {
    options.onProgress?.(`nats-server is not on this machine; getting it (${source})`);
    try {
      mkdirSync(cacheDir, { recursive: true });
      const path = await install(cacheDir);
      const version = versionOf(path);
      if (version !== undefined) return { path, version, source };
      faults.push(`${source}: ${path} does not run here`);
    } catch (error) {
      faults.push(`${source}: ${faultText(error)}`);
    }
  }
  throw notFound(faults);
}

/** The version a program reports, when it is a nats-server that runs here and is new enough. */
function versionOf(path: string): string | undefined {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const [, version, major, minor] = /v?((\d+)\.(\d+)\.\d+\S*)/.exec(stdout ?? '') ?? [];
  if (version === undefined || Number(major) < oldestMajor) return undefined;
  return Number(major) === oldestMajor && Number(minor) < oldestMinor ? undefined : version;
}

function givenProgram(path: string): NatsServerProgram {
  const version = versionOf(path);
  if (version !== undefined) return { path, version, source: 'given' };
  throw new CodedError(
    'nats_server_unusable',
    `${path} is not a nats-server ${oldestMajor}.${oldestMinor} or newer that runs here.`,
    {
      details: { path },
      nextStep: 'Correct NATS_SERVER_BIN, or unset it to let one be found.',
    },
  );
}

function firstUsable(folders: readonly string[], source: 'system' | 'cache'): NatsServerProgram | undefined {
  for (const folder of folders) {
    const path = join(folder, 'nats-server');
    const version = existsSync(path) ? versionOf(path) : undefined;
    if (version !== undefined) return { path, version, source };
  }
  return undefined;
}

/** Debian's package puts it into /usr/sbin, which isn't on a normal user's PATH. */
function systemFolders(): string[] {
  const usual = [
    '/usr/sbin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
    join(homedir(), 'go', 'bin'),
  ];
  return [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...usual];
}

/** The cache has one folder per version; the newest name first. */
function foldersIn(cacheDir: string): string[] {
  if (!existsSync(cacheDir)) return [];
  return readdirSync(cacheDir)
    .toSorted()
    .toReversed()
    .map((name) => join(cacheDir, name));
}

function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message.trim().split('\n').at(-1)}${cause}`;
}

function notFound(faults: readonly string[]): CodedError {
  const tried = faults.map((fault) => `\n  ${fault}`).join('');
  return new CodedError(
    'nats_server_not_found',
    `nats-server was found neither on the PATH nor in the usual folders.${tried}`,
    {
      details: { faults },
      nextStep: `Install it (${installCommand()}), or set NATS_SERVER_BIN to the program, or NATS_URL to a running server with JetStream.`,
    },
  );
}

function installCommand(): string {
  if (process.platform === 'darwin') return 'brew install nats-server';
  if (existsSync('/usr/bin/apt-get')) return 'sudo apt-get install nats-server';
  return 'see https://docs.nats.io/running-a-nats-service/introduction/installation';
}
