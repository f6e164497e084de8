/**
 * Where each database is: under its own name on the administrator's server, or where its setting says. Without this, tables
 * would be made in one database and services look for them in another. Pure.
 */
import { CodedError } from '@eventstream/platform';
import type { DatabasePlan } from './databases.ts';

/** The settings of those that lie elsewhere. */
export type GivenAddresses = Readonly<Partial<Record<DatabasePlan['setting'], string>>>;

/** Where a database is, and who fills it. */
export interface DatabasePlace {
  readonly name: string;
  /** As the administrator; on another server, which the administrator does not rule, as the role that its setting names. */
  readonly url: string;
  readonly isAdministrators: boolean;
}

/** The place of a plan's database. Throws `database_name_missing` when its address names none. */
export function placeOf(
  plan: Pick<DatabasePlan, 'name' | 'setting'>,
  { adminUrl, addresses = {} }: { readonly adminUrl: string; readonly addresses?: GivenAddresses | undefined },
): DatabasePlace {
  const given = addresses[plan.setting];
  if (given === undefined) return { name: plan.name, url: databaseUrl(adminUrl, plan.name), isAdministrators: true };
  const name = decodeURIComponent(new URL(given).pathname.slice(1));
  if (name === '')
    throw new CodedError('database_name_missing', `${plan.setting} names no database`, {
      nextStep: `end it with a name, such as /${plan.name}`,
    });
  if (serverOf(given) !== serverOf(adminUrl)) return { name, url: given, isAdministrators: false };
  return { name, url: databaseUrl(adminUrl, name), isAdministrators: true };
}

/** The same server, another database. */
export function databaseUrl(baseUrl: string, database: string): string {
  const url = new URL(baseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

const standardPort = '5432';

function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || standardPort}`;
}
