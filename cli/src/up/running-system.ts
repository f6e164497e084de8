/**
 * `.eventstream/running.json`: how every command finds the running system. Readable by its owner only: it holds passwords.
 *
 * The console and the tests of the whole system read it as any program from outside would, each with a schema of no more than it uses
 * (`system-file.ts` there, `e2e/system.ts`): a console that shared this whole shape would refuse a file for a field that it never reads,
 * and would need a package that knows of the command line.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '@eventstream/local-servers';
import { CodedError } from '@eventstream/platform';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const part = Type.Object({
  name: Type.String(),
  /** Of a server. */
  version: Type.Optional(Type.String()),
  /** Absent while it is down, and for servers that run elsewhere. */
  pid: Type.Optional(Type.Integer()),
  restarts: Type.Integer(),
  /** What its supervisor knows: preparing, starting, ready, notReady, exited, failed, stopped. */
  state: Type.String(),
  /** Why it isn't ready. */
  reason: Type.Optional(Type.String()),
  /** Where it answers, as shown to people; empty for a worker, which only asks others. */
  addresses: Type.Array(Type.String()),
  /** Base of /livez, /readyz and /metrics; services have one. */
  healthUrl: Type.Optional(Type.String()),
  /** Absolute; absent for servers that run elsewhere. */
  logFile: Type.Optional(Type.String()),
});

const runningSystem = Type.Object({
  version: Type.Literal(1),
  /** The supervisor. */
  supervisor: Type.Object({ pid: Type.Integer(), startedAt: Type.String() }),
  startedOn: Type.String(),
  dataDir: Type.String(),
  httpUrl: Type.String(),
  /** host:port of the event store's gRPC. */
  eventstoreAddress: Type.String(),
  /** host:port of ordersvc's gRPC. */
  ordersAddress: Type.String(),
  gatewayUrl: Type.String(),
  natsUrl: Type.String(),
  natsMonitorUrl: Type.Optional(Type.String()),
  /** The administrator's address of the SQL server. */
  adminSqlUrl: Type.String(),
  /** Database → role → address with that role's password. The role `verifier` may read every database. */
  databases: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
  parts: Type.Array(part),
});

/** The running system: addresses, credentials, processes. */
export type RunningSystem = Static<typeof runningSystem>;
/** A server or service of it. */
export type RunningPart = Static<typeof part>;

const fileName = 'running.json';

/** Where the running system of a data folder is written down. */
export function runningFileOf(dataDir: string): string {
  return join(dataDir, fileName);
}

/** Writes the file whole or not at all. */
export function writeRunningSystem(system: RunningSystem): void {
  const file = runningFileOf(system.dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(system, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes the file at the end of the system. */
export function removeRunningSystem(dataDir: string): void {
  rmSync(runningFileOf(dataDir), { force: true });
}

/** The system that runs on `dataDir`; undefined when none does (a file left behind by a killed supervisor doesn't count). */
export function findRunningSystem(dataDir: string): RunningSystem | undefined {
  const file = runningFileOf(dataDir);
  if (!existsSync(file)) return undefined;
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Value.Check(runningSystem, content)) return undefined;
  return isAlive(content.supervisor) ? content : undefined;
}

/** The system that runs on `dataDir`. Throws `not_running` when none does. */
export function readRunningSystem(dataDir: string): RunningSystem {
  const system = findRunningSystem(dataDir);
  if (system !== undefined) return system;
  throw new CodedError('not_running', `No eventstream runs on ${dataDir}.`, {
    details: { dataDir },
    nextStep: 'Start it with `npm start`, or name its data folder with --data-dir.',
  });
}
