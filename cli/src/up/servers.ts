/** The two servers underneath: PostgreSQL and nats-server, ours or the user's. */
import {
  findNatsServer,
  type ProcessState,
  type RestartPolicy,
  type SupervisedProcess,
  startNatsServer,
  startPostgres,
} from '@eventstream/local-servers';
import { given, givenSqlServer, type SqlServer } from './addresses.ts';
import { type DataFolder, logFileOf, readOrCreateRolePasswords } from './data-folder.ts';
import type { Ports } from './ports.ts';
import { operatorRole, servicePlans, verifierRole } from './services.ts';

const restart: RestartPolicy = { firstMs: 200, maxMs: 10_000, stableMs: 30_000 };

/** After this long without an answer nats-server hangs: it does so for ever once its disk was full. */
const brokerHangsMs = 20_000;

/** A server of ours that runs. */
export interface EmbeddedServer {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly process: SupervisedProcess;
  stop(): Promise<void>;
}

/** What starting a server needs to know. */
export interface ServerSurroundings {
  readonly folder: DataFolder;
  readonly ports: Ports;
  readonly env: NodeJS.ProcessEnv;
  readonly onState: (name: string, state: ProcessState) => void;
  readonly tell: (line: string) => void;
}

/** Starts PostgreSQL, or takes the server that the environment names. Resolves when it answers. */
export async function openSqlServer(
  s: ServerSurroundings,
): Promise<{ sql: SqlServer; server: EmbeddedServer | undefined }> {
  const ofUser = givenSqlServer(s.env);
  if (ofUser !== undefined) return { sql: ofUser, server: undefined };
  const name = 'postgres';
  const server = await startPostgres({
    dataDir: s.folder.postgres,
    port: s.ports.sql,
    logFile: logFileOf(s.folder, name),
    onState: (state) => s.onState(name, state),
    restart,
  });
  const roles = [...servicePlans.map((plan) => plan.name), verifierRole, operatorRole];
  const rolePasswords = readOrCreateRolePasswords(s.folder, roles);
  return {
    sql: { kind: 'embedded', port: server.port, adminUrl: server.url('postgres'), rolePasswords },
    server: { name, version: server.version, port: server.port, process: server.process, stop: () => server.stop() },
  };
}

/** Starts nats-server, getting one first where there is none, or takes the one that the environment names. */
export async function openNatsServer(
  s: ServerSurroundings,
): Promise<{ url: string; monitorUrl: string | undefined; server: EmbeddedServer | undefined }> {
  const ofUser = given(s.env, 'NATS_URL');
  if (ofUser !== undefined) return { url: ofUser, monitorUrl: undefined, server: undefined };
  const name = 'nats-server';
  const program = await findNatsServer({ onProgress: s.tell });
  const server = await startNatsServer({
    storeDir: s.folder.nats,
    port: s.ports.nats,
    monitorPort: s.ports['nats-monitor'],
    program,
    logFile: logFileOf(s.folder, name),
    onState: (state) => s.onState(name, state),
    restart: { ...restart, unreadyMaxMs: brokerHangsMs },
  });
  return {
    url: server.url,
    monitorUrl: `http://127.0.0.1:${server.monitorPort}`,
    server: { name, version: server.version, port: server.port, process: server.process, stop: () => server.stop() },
  };
}
