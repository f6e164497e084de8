/** `eventstream ordersvc` and so on: one service alone in this terminal, or the bootstrapper. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { more } from '../terminal/help.ts';
import { withDataDir } from '../terminal/named-commands.ts';
import { print } from '../terminal/print.ts';
import { defaultDataDir, repositoryRoot } from '../up/data-folder.ts';
import { readableLine } from '../up/log-lines.ts';
import { findRunningSystem, type RunningSystem, runningFileOf } from '../up/running-system.ts';
import { bootstrapperEntry, databaseSettings, operatorRole, type ServicePlan, servicePlans } from '../up/services.ts';

/** `eventstream bootstrap`. */
export function bootstrapCommand(): Command {
  return programCommand(
    'bootstrap',
    'create databases, roles and the stream at the broker; safe to repeat',
    bootstrapperEntry,
    {
      0: 'all is as wanted',
      1: 'failed',
      2: 'a setting is wrong',
      3: 'the stream at the broker differs from its settings',
    },
  ).action((options: { dataDir: string }) => run(bootstrapperEntry, addressesFor('bootstrap', options.dataDir)));
}

/** A command for each service. */
export function serviceCommands(): readonly Command[] {
  return servicePlans.map((plan) =>
    programCommand(plan.name, plan.does, plan.entry, {
      0: 'stopped in order',
      1: 'failed',
      2: 'a setting is wrong',
    }).action((options: { dataDir: string }) => run(plan.entry, addressesFor(plan, options.dataDir))),
  );
}

function programCommand(
  name: string,
  description: string,
  entry: string,
  exitCodes: Readonly<Record<number, string>>,
): Command {
  return new Command(name)
    .description(description)
    .option('--data-dir <folder>', 'system whose addresses are used where the environment sets none', defaultDataDir)
    .addHelpText(
      'after',
      more({
        says: [`Its settings come from the environment; they are listed in ${join(entry, '..', 'config.ts')}.`],
        exitCodes,
      }),
    );
}

/** What the running system knows; what the environment says goes before it. */
function addressesFor(plan: ServicePlan | 'bootstrap', dataDir: string): NodeJS.ProcessEnv {
  const running = findRunningSystem(resolve(dataDir));
  if (running === undefined) return {};
  if (plan === 'bootstrap')
    return {
      ADMIN_SQL_URL: running.adminSqlUrl,
      NATS_URL: running.natsUrl,
      ...databasesIn(running, operatorRole),
      ...rolePasswordsIn(running),
    };
  return serviceAddressesIn(running, plan);
}

/** Every database as the running system has it, which may be under another name or on another server. */
function databasesIn({ databases }: RunningSystem, role: string): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(databaseSettings).map(([name, setting]) => [setting, databases[name]?.[role]]),
  );
}

/** With them a database that is made anew gets the rights that services rely on. None where all use one role of the user's. */
function rolePasswordsIn({ databases }: RunningSystem): NodeJS.ProcessEnv {
  const roles = Object.values(databases).flatMap((urls) =>
    Object.entries(urls).map(([role, url]) => ({ role, ...credentialsIn(url) })),
  );
  if (roles.some(({ role, username }) => role !== username)) return {};
  return { ROLE_PASSWORDS: JSON.stringify(Object.fromEntries(roles.map(({ role, password }) => [role, password]))) };
}

function credentialsIn(url: string): { readonly username: string; readonly password: string } {
  const { username, password } = new URL(url);
  return { username, password: decodeURIComponent(password) };
}

function serviceAddressesIn(running: RunningSystem, plan: ServicePlan): NodeJS.ProcessEnv {
  const all = {
    NATS_URL: running.natsUrl,
    EVENTSTORE_ADDRESS: running.eventstoreAddress,
    GATEWAY_URL: running.gatewayUrl,
    ORDERS_URL: running.httpUrl,
  };
  const databases = plan.databases.map(
    (name) => [databaseSettings[name], running.databases[name]?.[plan.name]] as const,
  );
  return {
    ...Object.fromEntries(plan.neighbours.map((setting) => [setting, all[setting]])),
    ...Object.fromEntries(databases),
    ...(plan.seesSystem === true ? { SYSTEM_FILE: runningFileOf(running.dataDir) } : {}),
  };
}

/** Runs the program in this terminal to its end, passing signals on, and ends with its exit code. */
async function run(entry: string, addresses: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(repositoryRoot, entry)], {
    env: { ...addresses, ...process.env },
    stdio: ['inherit', process.stdout.isTTY ? 'pipe' : 'inherit', 'inherit'],
  });
  // A person reads sentences; whoever keeps the output gets it as it is written: JSON.
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => print(withDataDir(readableLine(line))));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((ended) => {
    child.once('exit', (code, signal) => ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
