/** A real PostgreSQL on the loopback address, from the npm binaries, with its data in one folder. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CodedError, messageOf } from '@eventstream/platform';
import { Client } from 'pg';
import { claimFolder } from '../process/folder-claim.ts';
import { freePort } from '../process/free-port.ts';
import type { RestartPolicy } from '../process/restart-policy.ts';
import {
  type ProbeAnswer,
  type ProcessState,
  type SupervisedProcess,
  superviseProcess,
} from '../process/supervise-process.ts';
import {
  canLinkLibraries,
  copyBinaries,
  findPostgresBinaries,
  linkLibraries,
  type PostgresBinaries,
} from './binaries.ts';
import { clearStalePid, openCluster, postgresEnvironment } from './cluster.ts';
import { chooseRunAs, commandAs, type RunAs } from './run-as.ts';

const maxStartMs = 60_000;

/** How to run PostgreSQL. */
export interface PostgresOptions {
  /** Holds the cluster, the administrator's password and the pid file; created when missing. One server per folder. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Server settings by name, over our defaults (fsync stays on in any case where you don't turn it off here). */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Rotated log file. */
  readonly logFile?: string;
  readonly onState?: (state: ProcessState) => void;
  /** Default `'never'`: a crash is final. */
  readonly restart?: RestartPolicy | 'never';
}

/** A PostgreSQL that answers. */
export interface LocalPostgres {
  readonly port: number;
  /** Number of the postmaster that runs now; undefined while it is down. */
  readonly pid: number | undefined;
  /** Password of the administrator `postgres`. */
  readonly password: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly process: SupervisedProcess;
  /** Address of `database` for the administrator. */
  url(database: string): string;
  /** `fast` (default) breaks connections off and writes everything; `immediate` is a crash that the next start recovers from. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * Starts PostgreSQL and resolves when it answers queries. Throws `folder_in_use`, `postgres_not_available`, `postgres_version_mismatch`,
 * `postgres_already_running`, `postgres_cannot_run_as_root` or `process_not_ready` (with the server's last output).
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const claim = claimFolder(dataDir);
  try {
    const { binaries, runAs } = prepareBinaries(dataDir);
    const { folder, password } = openCluster(dataDir, binaries, runAs);
    const port = options.port ?? (await freePort());
    const url = (database: string) =>
      `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    const supervised = superviseProcess({
      name: 'postgres',
      ...commandAs(runAs, join(binaries.folder, 'bin', 'postgres'), [
        '-D',
        folder,
        ...serverArgs(port, options.settings),
      ]),
      env: postgresEnvironment,
      pidFile: join(dataDir, 'supervised.pid'),
      probe: () => probe(url('postgres')),
      beforeStart: () => clearStalePid(folder),
      restart: options.restart ?? 'never',
      stopSteps: [
        { signal: 'SIGINT', waitMs: 15_000 },
        { signal: 'SIGQUIT', waitMs: 5_000 },
      ],
      parentDeathSignal: 'INT', // SIGTERM would wait until every client has left by itself
      logFile: options.logFile,
      onState: options.onState,
    });
    const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
      await supervised.stop(mode === 'fast' ? undefined : [{ signal: 'SIGQUIT', waitMs: 5_000 }]);
      claim.release();
    };
    await supervised.ready(maxStartMs).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return {
      port,
      password,
      version: binaries.postgresVersion,
      process: supervised,
      url,
      stop,
      get pid() {
        return supervised.pid;
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** Binaries that the user who'll run them can reach; a copy in the data folder where they can't be used in place. */
function prepareBinaries(dataDir: string): { binaries: PostgresBinaries; runAs: RunAs } {
  const inPlace = findPostgresBinaries();
  const runAs = chooseRunAs([inPlace.folder, dataDir]);
  const usable = runAs.kind !== 'impossible' && canLinkLibraries(inPlace.folder);
  const binaries = usable ? inPlace : copyBinaries(inPlace, dataDir);
  linkLibraries(binaries.folder);
  if (runAs.kind !== 'impossible') return { binaries, runAs };
  const withCopy = chooseRunAs([dataDir]);
  if (withCopy.kind !== 'impossible') return { binaries, runAs: withCopy };
  throw new CodedError(
    'postgres_cannot_run_as_root',
    `PostgreSQL does not run as root, and ${withCopy.closedFolder} is closed to others.`,
    {
      details: { closedFolder: withCopy.closedFolder },
      nextStep: 'Run as a normal user, or put the data elsewhere: --data-dir /var/lib/eventstream',
    },
  );
}

/** Loopback TCP only, no socket file; a write-ahead log for one server without replicas. */
function serverArgs(port: number, settings: PostgresOptions['settings']): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    wal_level: 'minimal',
    max_wal_senders: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** In words for people: pg says of its own time limits that a timeout expired. */
function whyNoAnswer(error: unknown): string {
  const said = messageOf(error);
  return /timeout/.test(said) ? 'no answer in time' : said;
}

/** Ready means: it lets us in and answers. What it writes to its log says less. */
async function probe(url: string): Promise<ProbeAnswer> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  // A connection that breaks between two calls is reported by an event, which would end the process if nobody listened.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return { ready: true };
  } catch (error) {
    return { ready: false, reason: whyNoAnswer(error) };
  } finally {
    await client.end().catch(() => undefined);
  }
}
