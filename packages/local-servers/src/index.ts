/** Real servers and supervised processes on this machine: for `eventstream up` and for tests. */

export {
  defaultNatsCacheDir,
  type FindNatsServerOptions,
  findNatsServer,
  type NatsInstaller,
  type NatsServerProgram,
} from './nats/find-nats-server.ts';
export { type LocalNatsServer, type NatsServerOptions, startNatsServer } from './nats/start-nats-server.ts';
export { findPostgresBinaries, type PostgresBinaries } from './postgres/binaries.ts';
export { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres/start-postgres.ts';
export { claimFolder, type FolderClaim } from './process/folder-claim.ts';
export { freePort, isPortFree } from './process/free-port.ts';
export { identityOf, isAlive, type ProcessIdentity } from './process/process-identity.ts';
export { defaultRestartPolicy, type RestartPolicy, restartDelayMs } from './process/restart-policy.ts';
export { type RunToEndOptions, runToEnd } from './process/run-to-end.ts';
export type { ChildOptions, Exit } from './process/spawn-child.ts';
export { stepBack } from './process/step-back.ts';
export {
  type ProbeAnswer,
  type ProcessState,
  type StopStep,
  type SupervisedProcess,
  type SuperviseOptions,
  superviseProcess,
} from './process/supervise-process.ts';
