/** Who is told which address. Pure: from ports, passwords and the environment to the settings of every process. */
import { CodedError } from '@eventstream/platform';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Ports } from './ports.ts';
import {
  type DatabaseName,
  databaseSettings,
  type Neighbour,
  operatorRole,
  type ServicePlan,
  servicePlans,
  verifierRole,
} from './services.ts';

const loopback = '127.0.0.1';

/** The SQL server: ours with a role per service, or the user's with the addresses that the user gave. */
export type SqlServer =
  | {
      readonly kind: 'embedded';
      readonly port: number;
      readonly adminUrl: string;
      readonly rolePasswords: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'given';
      readonly adminUrl: string;
      readonly urls: Readonly<Record<DatabaseName, string>>;
      /** From ROLE_PASSWORDS. Without it everybody uses the role that the addresses name. */
      readonly rolePasswords: Readonly<Record<string, string>>;
    };

/** What the environment says of a setting. An empty text says nothing, as compose files write absent values. */
export function given(env: NodeJS.ProcessEnv, setting: string): string | undefined {
  return env[setting] || undefined;
}

/** The user's own SQL server, when the environment names one for every database; undefined means ours is wanted. */
export function givenSqlServer(env: NodeJS.ProcessEnv): SqlServer | undefined {
  const base = given(env, 'SQL_URL');
  const named = databaseNames.filter((name) => given(env, databaseSettings[name]) !== undefined);
  if (base === undefined && named.length === 0) return undefined;
  const urlOf = (name: DatabaseName): string => {
    const url = given(env, databaseSettings[name]) ?? (base === undefined ? undefined : withDatabase(base, name));
    if (url !== undefined) return url;
    throw new CodedError(
      'database_url_missing',
      `${databaseSettings[name]} is missing: some databases have an address, this one has none.`,
      {
        details: { given: named.map((other) => databaseSettings[other]) },
        nextStep: 'Set SQL_URL as the base of all databases, or give each one its own address, or none.',
      },
    );
  };
  const urls = {
    eventstoredb: urlOf('eventstoredb'),
    ordersdb: urlOf('ordersdb'),
    workersdb: urlOf('workersdb'),
    gatewaydb: urlOf('gatewaydb'),
  };
  const adminUrl = given(env, 'ADMIN_SQL_URL') ?? base ?? urls.eventstoredb;
  return { kind: 'given', adminUrl, urls, rolePasswords: readRolePasswords(given(env, 'ROLE_PASSWORDS')) };
}

const passwordsJson = Compile(Type.Record(Type.String(), Type.String()));

/** What is wrong with them is said by the bootstrapper, which makes the roles. */
function readRolePasswords(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const json: unknown = JSON.parse(text ?? '{}');
    return passwordsJson.Check(json) ? json : {};
  } catch {
    return {};
  }
}

const databaseNames = ['eventstoredb', 'ordersdb', 'workersdb', 'gatewaydb'] as const satisfies readonly DatabaseName[];

/** The address of `database` for `role`. */
export function databaseUrl(server: SqlServer, database: DatabaseName, role: string): string {
  const password = server.rolePasswords[role];
  if (server.kind === 'given')
    return password === undefined ? server.urls[database] : as(role, password, server.urls[database]);
  if (password === undefined) throw new CodedError('role_unknown', `There is no password for the role ${role}.`);
  return `postgresql://${role}:${encodeURIComponent(password)}@${loopback}:${server.port}/${database}`;
}

function as(role: string, password: string, url: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.href;
}

/** Database → role → address, for everyone who uses it; also for services that are left out, whose place another may take. */
export function databaseUrls(server: SqlServer): Record<string, Record<string, string>> {
  return Object.fromEntries(
    databaseNames.map((database) => [
      database,
      Object.fromEntries(rolesUsing(database).map((role) => [role, databaseUrl(server, database, role)])),
    ]),
  );
}

function rolesUsing(database: DatabaseName): string[] {
  const services = servicePlans.filter((plan) => plan.databases.includes(database)).map(({ name }) => name);
  return [...services, verifierRole, operatorRole];
}

/** `url` with another database. */
function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Where services find each other: where we start them, or where the environment says that another one is. */
export function neighbourAddresses(ports: Ports, natsUrl: string, env: NodeJS.ProcessEnv): Record<Neighbour, string> {
  return {
    NATS_URL: natsUrl,
    EVENTSTORE_ADDRESS: given(env, 'EVENTSTORE_ADDRESS') ?? `${loopback}:${ports.eventstore}`,
    GATEWAY_URL: given(env, 'GATEWAY_URL') ?? `http://${loopback}:${ports.gateway}`,
    ORDERS_URL: given(env, 'ORDERS_URL') ?? `http://${loopback}:${ports.http}`,
  };
}

/** Where a service answers, as shown to people; the health server, which all have, isn't counted. */
export function serviceAddresses(plan: ServicePlan, ports: Ports): string[] {
  return Object.entries(plan.ports)
    .filter(([setting]) => setting !== 'HEALTH_PORT')
    .map(([setting, port]) => `${setting.endsWith('GRPC_PORT') ? 'grpc' : 'http'}://${loopback}:${ports[port]}`);
}

/** What the user's environment holds that no child inherits: secrets that only one of them may have, and what npm and other tools leave behind. */
const notInherited =
  /^(npm_|PG|EVENTSTREAM_LAUNCHER|NODE_TEST_CONTEXT$|SQL_URL$|ADMIN_SQL_URL$|ROLE_PASSWORDS$|\w+DB_URL$)/i;

/** The user's environment as children inherit it: every setting passes through, other people's secrets don't. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !notInherited.test(name)));
}

/** Where traces go, as far as the environment says it. */
const traceSettings = ['ZIPKIN_URL', 'OTLP_URL', 'TRACES_EXPORTER'] as const;

/** Whether the environment says where traces go, or that there shall be none; if it does not, the console takes them. */
export function saysWhereTracesGo(env: NodeJS.ProcessEnv): boolean {
  return traceSettings.some((name) => given(env, name) !== undefined);
}

/** Enough to look at, and too few to be felt by the orders. */
const tracesPerSecondByDefault = '5';

/** What makes a service send its traces to the console: nothing when they go elsewhere, or there is no console. */
function tracesToConsole(plan: ServicePlan, surroundings: ServiceSurroundings): NodeJS.ProcessEnv {
  const { env, ports, services } = surroundings;
  const takesThem = services.some((one) => one.ports['ZIPKIN_PORT'] !== undefined);
  // The console itself is not traced: its traces would be of looking at traces.
  if (!takesThem || plan.ports['ZIPKIN_PORT'] !== undefined) return {};
  return {
    ZIPKIN_URL: `http://${loopback}:${ports.zipkin}`,
    TRACES_PER_SECOND: env['TRACES_PER_SECOND'] || tracesPerSecondByDefault,
  };
}

/** What a service's environment is made of. */
export interface ServiceSurroundings {
  readonly ports: Ports;
  readonly sql: SqlServer;
  readonly natsUrl: string;
  readonly env: NodeJS.ProcessEnv;
  /** All that are started. */
  readonly services: readonly ServicePlan[];
  /** Where the running system is written down. */
  readonly systemFile: string;
}

/** The whole environment of one service: what the user set, then the addresses of what it may know. */
export function serviceEnvironment(plan: ServicePlan, surroundings: ServiceSurroundings): NodeJS.ProcessEnv {
  const { ports, sql, natsUrl, env, systemFile } = surroundings;
  const neighbours = neighbourAddresses(ports, natsUrl, env);
  return {
    ...inheritedEnvironment(env),
    ...tracesToConsole(plan, surroundings),
    ...(plan.seesSystem === true ? { SYSTEM_FILE: systemFile } : {}),
    ...Object.fromEntries(Object.entries(plan.ports).map(([setting, port]) => [setting, String(ports[port])])),
    ...Object.fromEntries(
      plan.databases.map((database) => [databaseSettings[database], databaseUrl(sql, database, plan.name)]),
    ),
    ...Object.fromEntries(plan.neighbours.map((setting) => [setting, neighbours[setting]])),
  };
}

/** The bootstrapper's environment; it alone is told the administrator's address and every role's password. */
export function bootstrapperEnvironment({
  sql,
  natsUrl,
  env,
}: {
  sql: SqlServer;
  natsUrl: string;
  env: NodeJS.ProcessEnv;
}): NodeJS.ProcessEnv {
  const inherited = { ...inheritedEnvironment(env), NATS_URL: natsUrl, ADMIN_SQL_URL: sql.adminUrl };
  if (sql.kind === 'embedded') return { ...inherited, ROLE_PASSWORDS: JSON.stringify(sql.rolePasswords) };
  const own = ['ROLE_PASSWORDS', ...Object.values(databaseSettings)].filter(
    (setting) => given(env, setting) !== undefined,
  );
  return { ...inherited, ...Object.fromEntries(own.map((setting) => [setting, env[setting]])) };
}
