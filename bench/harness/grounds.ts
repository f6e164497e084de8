/** Where contenders run: real servers of their own, or the whole product as `eventstream up` starts it, in a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startNatsServer, startPostgres, stepBack } from '@eventstream/local-servers';
import { CodedError } from '@eventstream/platform';
import { repositoryRoot } from '../../cli/src/up/data-folder.ts';
import { findRunningSystem, type RunningSystem } from '../../cli/src/up/running-system.ts';
import type { GroundKind } from './contender.ts';
import { openDatabase } from './open-database.ts';
import { explainStatements } from './statement-plans.ts';

/** An open ground. */
export interface Ground {
  /** What a program is told of it, with an empty database of its own. */
  prepare(): Promise<{ readonly task: Readonly<Record<string, unknown>>; tidy(): Promise<void> }>;
  /** Whether everything that ran here left every promise intact; undefined where there is nothing to verify. */
  verify(): Promise<string | undefined>;
  /** Has PostgreSQL write to its log how it runs some of the statements from here on. */
  explain(): Promise<void>;
  /** The log of its PostgreSQL. */
  readonly postgresLog: string;
  close(): Promise<void>;
}

/** Opens the ground in this folder. */
export function openGround(kind: GroundKind, folder: string): Promise<Ground> {
  switch (kind) {
    case 'store':
      return openStoreGround(folder);
    case 'system':
    case 'fresh-system':
      return openSystemGround(folder);
  }
}

async function openStoreGround(folder: string): Promise<Ground> {
  const postgresLog = join(folder, 'postgres.log');
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), logFile: postgresLog });
  const startNats = () => startNatsServer({ storeDir: join(folder, 'nats'), logFile: join(folder, 'nats.log') });
  const nats = await orElse(startNats, () => postgres.stop());
  const databases = databasesOf(postgres.url('postgres'));
  return {
    async prepare() {
      const { databaseUrl, tidy } = await databases.fresh();
      return { task: { databaseUrl, natsUrl: nats.url }, tidy };
    },
    verify: async () => undefined, // each program has checked its own result
    explain: () => databases.explain(),
    postgresLog,
    async close() {
      await databases.close();
      await Promise.all([postgres.stop(), nats.stop()]);
    },
  };
}

/** Every twentieth order is traced and exported, which is what a busy system would do; logs stay at info. */
const productSettings = { TRACES_RATIO: '0.05', TRACES_PER_SECOND: '100000', LOG_LEVEL: 'info' };
/**
 * All of the product alike stands a little behind whoever measures it. Customers are not slowed down by a shop that is
 * busy; a load driver that gets an eleventh of the processors sends late, and its lateness would count as the product's.
 */
const productNiceness = 5;
const startsWithinMs = 120_000;
const lookEveryMs = 200;

async function openSystemGround(folder: string): Promise<Ground> {
  const collector = await openCollector();
  const dataDir = join(folder, 'system');
  const ackedFile = join(folder, 'acked.txt');
  await mkdir(dataDir, { recursive: true });
  await writeFile(ackedFile, '');
  await chmod(dataDir, 0o755);
  const up = startUp(dataDir, collector.url);
  const system = await orElse(up.ready, collector.close);
  for (const { pid } of system.parts) if (pid !== undefined) await stepBack(pid, getPriority(pid) + productNiceness);
  const databases = databasesOf(system.adminSqlUrl);
  return {
    async prepare() {
      const { databaseUrl, tidy } = await databases.fresh();
      return { task: { dataDir, ackedFile, databaseUrl, natsUrl: system.natsUrl }, tidy };
    },
    verify: () => verifySystem(dataDir, ackedFile),
    explain: () => databases.explain(),
    postgresLog: join(dataDir, 'logs', 'postgres.log'),
    async close() {
      await databases.close();
      await up.stop();
      await collector.close();
    },
  };
}

/** What this opens; when it fails, what was opened before is closed, or the bench would not end. */
async function orElse<T>(open: () => Promise<T>, close: () => Promise<void>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await close();
    throw error;
  }
}

/** Takes traces and forgets them: exporting is the product's work, keeping them is not. */
async function openCollector(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(202).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('a server has no port');
  return address.port;
}

/** The product, as a user starts it. */
function startUp(dataDir: string, zipkinUrl: string) {
  const args = [join(repositoryRoot, 'cli/src/main.ts'), 'up', '--data-dir', dataDir, '--ports', 'auto'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    env: {
      ...process.env,
      ...productSettings,
      ZIPKIN_URL: zipkinUrl,
      TRACES_EXPORTER: 'zipkin',
      EVENTSTREAM_LAUNCHER_PID: String(process.pid), // it ends with us, however we end
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is ours to pass on, once
  });
  let said = '';
  const keep = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (gone()) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const ready = async (): Promise<RunningSystem> => {
    const untilMs = performance.now() + startsWithinMs;
    while (!gone() && performance.now() < untilMs) {
      const system = said.includes('curl') ? findRunningSystem(dataDir) : undefined;
      if (system !== undefined) return system;
      await wait(lookEveryMs);
    }
    await stop();
    throw new CodedError('bench_system_not_started', `The system to measure did not start:\n${said}`, {
      nextStep: 'Its logs are in the folder named by --keep.',
    });
  };
  return { ready, stop };
}

/** `eventstream verify` over everything that was acked, in a process of its own. */
async function verifySystem(dataDir: string, ackedFile: string): Promise<string | undefined> {
  const args = ['verify', '--wait', '60', '--acked', ackedFile, '--json', '--data-dir', dataDir];
  const main = join(repositoryRoot, 'cli/src/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await once(child, 'close');
  return child.exitCode === 0 ? undefined : `verify ended with ${child.exitCode}: ${said}`;
}

/** Empty databases on a server, one after the other. */
function databasesOf(adminUrl: string) {
  const admin = openDatabase(adminUrl, 1);
  let count = 0;
  return {
    async fresh() {
      const name = `bench_${process.pid}_${++count}`;
      await admin.execute(`create database ${name}`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return {
        databaseUrl: url.href,
        tidy: async () => {
          await admin.execute(`drop database ${name} with (force)`);
          // What a dropped table leaves behind is written out now, not during somebody else's turn.
          await admin.execute('checkpoint');
        },
      };
    },
    explain: () => explainStatements(admin),
    close: () => admin.close(),
  };
}
