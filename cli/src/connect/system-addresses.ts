/**
 * Where a command finds what it talks to: an address in the environment, else the running system of the data folder.
 * Asked for one by one, so that a command needs no more than it uses.
 */
import { resolve } from 'node:path';
import { CodedError } from '@eventstream/platform';
import { Option } from 'commander';
import { defaultDataDir } from '../up/data-folder.ts';
import { findRunningSystem, type RunningSystem } from '../up/running-system.ts';
import { type DatabaseName, databaseSettings } from '../up/services.ts';

/** As whom a command opens a database: `verifier` only reads, `operator` also does what commands do. */
export type CommandRole = 'verifier' | 'operator';

/** Addresses of one system. Each throws `not_running` when neither the environment nor a running system has it. */
export interface SystemAddresses {
  /** Base of ordersvc's HTTP API, without a slash at the end. */
  ordersUrl(): string;
  /** host:port of the event store's gRPC. */
  eventstoreAddress(): string;
  /** With the role's password, or as the environment says. */
  databaseUrl(database: DatabaseName, role: CommandRole): string;
  natsUrl(): string;
}

/** Environment names by which an address is given to a command. */
const addressSettings = {
  orders: 'ORDERS_URL',
  eventstore: 'EVENTSTORE_ADDRESS',
  nats: 'NATS_URL',
  ...databaseSettings,
} as const;

/** The option that every command has which talks to a system. */
export function dataDirOption(): Option {
  return new Option('--data-dir <folder>', 'data folder of the running system').default(defaultDataDir);
}

/** The addresses that hold for this environment and data folder. Nothing is read before the first question. */
export function systemAddresses(dataDir: string, env: NodeJS.ProcessEnv): SystemAddresses {
  let found: RunningSystem | undefined;
  const running = (setting: string): RunningSystem => {
    found ??= findRunningSystem(resolve(dataDir));
    if (found !== undefined) return found;
    throw new CodedError('not_running', `No eventstream runs on ${resolve(dataDir)}.`, {
      details: { dataDir, setting },
      nextStep: `Start it with \`npm start\`, name its data folder with --data-dir, or set ${setting}.`,
    });
  };
  const given = (setting: string): string | undefined => env[setting] || undefined;
  return {
    ordersUrl: () => (given(addressSettings.orders) ?? running(addressSettings.orders).httpUrl).replace(/\/+$/, ''),
    eventstoreAddress: () => given(addressSettings.eventstore) ?? running(addressSettings.eventstore).eventstoreAddress,
    natsUrl: () => given(addressSettings.nats) ?? running(addressSettings.nats).natsUrl,
    databaseUrl: (database, role) => {
      const setting = databaseSettings[database];
      return given(setting) ?? roleUrl(running(setting), database, role);
    },
  };
}

function roleUrl({ databases }: RunningSystem, database: DatabaseName, role: CommandRole): string {
  const url = databases[database]?.[role];
  if (url !== undefined) return url;
  throw new CodedError('role_unknown', `The running system knows no address of ${database} for the role ${role}.`, {
    details: { database, role },
    nextStep: `Start it again with \`npm start\`, which makes missing roles, or set ${databaseSettings[database]}.`,
  });
}
