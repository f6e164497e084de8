/** A real nats-server with JetStream on the loopback address, with its store in one folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { claimFolder } from '../process/folder-claim.ts';
import { freePort } from '../process/free-port.ts';
import type { RestartPolicy } from '../process/restart-policy.ts';
import {
  type ProbeAnswer,
  type ProcessState,
  type SupervisedProcess,
  superviseProcess,
} from '../process/supervise-process.ts';
import { findNatsServer, type NatsServerProgram } from './find-nats-server.ts';

const maxStartMs = 30_000;

/** How to run nats-server. */
export interface NatsServerOptions {
  /** Holds JetStream's files, the configuration and the pid file; created when missing. One server per folder. */
  readonly storeDir: string;
  /** For clients. Default: a free one. */
  readonly port?: number;
  /** For the monitoring HTTP endpoints. Default: a free one. */
  readonly monitorPort?: number;
  /** Lines appended to the configuration file, in nats-server's own syntax. */
  readonly configuration?: string;
  /** Default: whatever `findNatsServer()` finds or gets. */
  readonly program?: NatsServerProgram;
  /** Rotated log file. */
  readonly logFile?: string;
  readonly onState?: (state: ProcessState) => void;
  /** Default `'never'`: a crash is final. */
  readonly restart?: RestartPolicy | 'never';
}

/** A nats-server whose JetStream answers. */
export interface LocalNatsServer {
  readonly url: string;
  readonly port: number;
  readonly monitorPort: number;
  /** Number of the process that runs now; undefined while it is down. */
  readonly pid: number | undefined;
  readonly version: string;
  readonly process: SupervisedProcess;
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end: a crash. With a restart policy it comes back by itself. */
  kill(): Promise<void>;
}

/** Starts nats-server and resolves when JetStream is ready. Throws `folder_in_use`, `nats_server_not_found` or `process_not_ready`. */
export async function startNatsServer(options: NatsServerOptions): Promise<LocalNatsServer> {
  const storeDir = resolve(options.storeDir);
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  const claim = claimFolder(storeDir);
  try {
    const program = options.program ?? (await findNatsServer());
    const port = options.port ?? (await freePort());
    const monitorPort = options.monitorPort ?? (await freePort());
    const configFile = join(storeDir, 'nats-server.conf');
    writeFileSync(configFile, configurationText({ storeDir, port, monitorPort, more: options.configuration ?? '' }), {
      mode: 0o600,
    });
    const supervised = superviseProcess({
      name: 'nats-server',
      command: program.path,
      args: ['--config', configFile],
      env: { PATH: process.env['PATH'] },
      pidFile: join(storeDir, 'supervised.pid'),
      probe: () => probe(monitorPort),
      restart: options.restart ?? 'never',
      logFile: options.logFile,
      onState: options.onState,
    });
    const stop = async () => {
      await supervised.stop();
      claim.release();
    };
    await supervised.ready(maxStartMs).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return {
      url: `nats://127.0.0.1:${port}`,
      port,
      monitorPort,
      version: program.version,
      process: supervised,
      stop,
      async kill() {
        await supervised.kill();
        if ((options.restart ?? 'never') === 'never') claim.release();
      },
      get pid() {
        return supervised.pid;
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** Room for the 2 GB stream `ORDERS` and as much again for streams of other people's workers. */
function configurationText(o: { storeDir: string; port: number; monitorPort: number; more: string }): string {
  return [
    `listen: "127.0.0.1:${o.port}"`,
    `http: "127.0.0.1:${o.monitorPort}"`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(o.storeDir)}`,
    '  max_memory_store: 256MB',
    '  max_file_store: 4GB',
    '}',
    o.more,
    '',
  ].join('\n');
}

const probeWithinMs = 2_000;

/**
 * `/healthz` alone stays "ok" when JetStream hangs: after its disk was full, 2.9.10 answers no more request about a stream,
 * for ever. `/jsz` looks at every stream, and hangs with it.
 */
async function probe(monitorPort: number): Promise<ProbeAnswer> {
  for (const page of ['healthz?js-enabled-only=true', 'jsz?streams=true']) {
    const signal = AbortSignal.timeout(probeWithinMs);
    const response = await fetch(`http://127.0.0.1:${monitorPort}/${page}`, { signal });
    const text = await response.text();
    if (!response.ok) return { ready: false, reason: text };
  }
  return { ready: true };
}
