/**
 * The SQL server of the user's own, where there is one. Nobody supervises it, so whoever wants to know whether it answers
 * asks here: then it is named once when it is away, as ours is.
 */
import { messageOf } from '@eventstream/platform';
import { isConnectionLoss, openSql } from '@eventstream/platform/sql';
import { quietLogger } from '../connect/open.ts';
import type { RunningSystem } from './running-system.ts';
import type { FailingCheck } from './service-process.ts';
import { verifierRole } from './services.ts';

/** What `status` calls it. */
export const ownSqlServer = 'SQL server';

/** Where it is, and what is wrong with it. */
export interface OwnSqlServer {
  readonly addresses: readonly string[];
  readonly troubles: readonly FailingCheck[];
}

/** Asks it; undefined when the system runs a PostgreSQL itself. The databases may lie on several servers. */
export async function askOwnSqlServer({
  parts,
  databases,
}: Pick<RunningSystem, 'parts' | 'databases'>): Promise<OwnSqlServer | undefined> {
  if (parts.some(({ name }) => name === 'postgres')) return undefined;
  const urls = Object.values(databases).flatMap((roles) => roles[verifierRole] ?? []);
  const byHost = new Map(urls.map((url) => [new URL(url).host, url]));
  if (byHost.size === 0) return undefined;
  const faults = await Promise.all([...byHost].map(([host, url]) => faultAt(host, url)));
  const reason = faults.filter((fault) => fault !== undefined).join('; ');
  const nextStep = 'start it: work resumes by itself; or correct SQL_URL, and start eventstream again';
  return { addresses: [...byHost.keys()], troubles: reason === '' ? [] : [{ name: '', reason, nextStep }] };
}

/** Undefined when it answers. What is wrong with its answer, such as a right that is missing, is for whoever needs it to say. */
async function faultAt(host: string, url: string): Promise<string | undefined> {
  const sql = openSql({ url, applicationName: 'eventstream', maxConnections: 1, logger: quietLogger });
  try {
    await sql.now();
    return undefined;
  } catch (error) {
    if (!isConnectionLoss(error)) return undefined;
    const said = messageOf(error);
    return /timeout/.test(said) ? `${host} does not answer in time` : `${host} does not answer: ${said}`;
  } finally {
    await sql.close();
  }
}
