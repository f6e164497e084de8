/** What running.json says of a system: where it answers, and what each of its parts does. */
import { identityOf, type SupervisedProcess } from '@eventstream/local-servers';
import { CodedError } from '@eventstream/platform';
import { databaseUrls, neighbourAddresses, type SqlServer, serviceAddresses } from './addresses.ts';
import { type DataFolder, logFileOf } from './data-folder.ts';
import type { Ports } from './ports.ts';
import type { RunningPart, RunningSystem } from './running-system.ts';
import type { EmbeddedServer } from './servers.ts';
import type { ServicePlan } from './services.ts';

/** The servers that a system's services use. */
export interface UsedServers {
  readonly sql: SqlServer;
  readonly nats: { readonly url: string; readonly monitorUrl: string | undefined };
}

/** What of a system stays as it is while it runs. */
export function describeSystem(
  { folder, ports, env }: { readonly folder: DataFolder; readonly ports: Ports; readonly env: NodeJS.ProcessEnv },
  { sql, nats }: UsedServers,
  startedAtMs: number,
): Omit<RunningSystem, 'parts'> {
  const supervisor = identityOf(process.pid);
  if (supervisor === undefined)
    throw new CodedError('no_process_identity', 'This process cannot read its own start time.');
  const { EVENTSTORE_ADDRESS, GATEWAY_URL } = neighbourAddresses(ports, nats.url, env);
  return {
    version: 1,
    supervisor,
    startedOn: new Date(startedAtMs).toISOString(),
    dataDir: folder.root,
    httpUrl: `http://127.0.0.1:${ports.http}`,
    eventstoreAddress: EVENTSTORE_ADDRESS,
    ordersAddress: `127.0.0.1:${ports.orders}`,
    gatewayUrl: GATEWAY_URL,
    natsUrl: nats.url,
    ...(nats.monitorUrl === undefined ? {} : { natsMonitorUrl: nats.monitorUrl }),
    adminSqlUrl: sql.adminUrl,
    databases: databaseUrls(sql),
  };
}

/** A server that this system runs. */
export function describeServer(folder: DataFolder, { name, version, port, process }: EmbeddedServer): RunningPart {
  return { ...describeProcess(folder, name, process), version, addresses: [`127.0.0.1:${port}`] };
}

/** A service that this system runs. */
export function describeService(
  { folder, ports }: { readonly folder: DataFolder; readonly ports: Ports },
  plan: ServicePlan,
  supervised: SupervisedProcess,
): RunningPart {
  const healthUrl = `http://127.0.0.1:${ports[plan.ports.HEALTH_PORT]}`;
  return { ...describeProcess(folder, plan.name, supervised), addresses: serviceAddresses(plan, ports), healthUrl };
}

function describeProcess(folder: DataFolder, name: string, { state, pid, restarts }: SupervisedProcess): RunningPart {
  const reason = 'reason' in state ? { reason: state.reason } : {};
  const running = pid === undefined ? {} : { pid };
  return { name, ...running, restarts, state: state.kind, ...reason, addresses: [], logFile: logFileOf(folder, name) };
}
