/**
 * The SQL server and the NATS server of the user's own, where there are such. Nobody supervises them, so whoever wants to
 * know whether they answer asks here: then each is named once when it is away, as ours is.
 */
import { natsFault } from '@eventstream/messaging/jetstream';
import { messageOf } from '@eventstream/platform';
import { isConnectionLoss, openSql } from '@eventstream/platform/sql';
import { quietLogger } from '../connect/open.ts';
import type { RunningSystem } from './running-system.ts';
import type { FailingCheck } from './service-process.ts';
import { verifierRole } from './services.ts';

/** What `status` calls them. */
export const ownSqlServer = 'SQL server';
export const ownNatsServer = 'NATS server';

/** What it is called, where it is, and what is wrong with it. */
export interface OwnServer {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly troubles: readonly FailingCheck[];
}

/** Asks those that the system does not run itself. */
export async function askOwnServers(
  system: Pick<RunningSystem, 'parts' | 'databases' | 'natsUrl'>,
): Promise<readonly OwnServer[]> {
  const isOurs = (server: string) => system.parts.some(({ name }) => name === server);
  const asked = await Promise.all([
    isOurs('postgres') ? undefined : askSqlServer(system.databases),
    isOurs('nats-server') ? undefined : askNatsServer(system.natsUrl),
  ]);
  return asked.filter((server) => server !== undefined);
}

/** The databases may lie on several servers. */
async function askSqlServer(databases: RunningSystem['databases']): Promise<OwnServer | undefined> {
  const urls = Object.values(databases).flatMap((roles) => roles[verifierRole] ?? []);
  const byHost = new Map(urls.map((url) => [new URL(url).host, url]));
  if (byHost.size === 0) return undefined;
  const faults = await Promise.all([...byHost].map(([host, url]) => sqlFault(host, url)));
  const reason = faults.filter((fault) => fault !== undefined).join('; ');
  return { name: ownSqlServer, addresses: [...byHost.keys()], troubles: away(reason, 'SQL_URL') };
}

/** Undefined when it answers. What is wrong with its answer, such as a right that is missing, is for whoever needs it to say. */
async function sqlFault(host: string, url: string): Promise<string | undefined> {
  const sql = openSql({ url, applicationName: 'eventstream', maxConnections: 1, logger: quietLogger });
  try {
    await sql.now();
    return undefined;
  } catch (error) {
    return isConnectionLoss(error) ? noAnswer(host, messageOf(error)) : undefined;
  } finally {
    await sql.close();
  }
}

/** Its address may name several, of which one is enough. */
async function askNatsServer(url: string): Promise<OwnServer> {
  const hosts = url.split(',').map((one) => new URL(one.includes('://') ? one : `nats://${one}`).host);
  const said = await natsFault({ url, name: 'eventstream status', logger: quietLogger });
  const reason = said === undefined ? '' : noAnswer(hosts.join(', '), said);
  return { name: ownNatsServer, addresses: hosts, troubles: away(reason, 'NATS_URL') };
}

function noAnswer(where: string, said: string): string {
  return /timeout/.test(said) ? `${where} does not answer in time` : `${where} does not answer: ${said}`;
}

function away(reason: string, setting: string): readonly FailingCheck[] {
  const nextStep = `start it: work resumes by itself; or correct ${setting}, and start eventstream again`;
  return reason === '' ? [] : [{ name: '', reason, nextStep }];
}
