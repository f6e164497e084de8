/** Real servers and supervised processes on this machine: for `eventstream up` and for tests. */
export { defaultRestartPolicy, restartDelayMs, type RestartPolicy } from './process/backoff.ts';
export { claimFolder, type FolderClaim } from './process/folder-claim.ts';
export { freePort, isPortFree } from './process/free-port.ts';
export { identityOf, isAlive, type ProcessIdentity } from './process/process-identity.ts';
export {
  superviseProcess,
  type ProbeAnswer,
  type ProcessState,
  type StopStep,
  type SupervisedProcess,
  type SuperviseOptions,
} from './process/supervise-process.ts';
export { startPostgres, type LocalPostgres, type PostgresOptions } from './postgres/start-postgres.ts';
export {
  defaultNatsCacheDir,
  findNatsServer,
  type FindNatsServerOptions,
  type NatsInstaller,
  type NatsServerProgram,
} from './nats/find-nats-server.ts';
export { startNatsServer, type LocalNatsServer, type NatsServerOptions } from './nats/start-nats-server.ts';
