/** `eventstream up`: everything on this machine, from one command, until Ctrl-C. */
import { claimFolder } from '@eventstream/local-servers';
import { CodedError, systemClock } from '@eventstream/platform';
import { Command, Option } from 'commander';
import { confirm } from '../terminal/confirm.ts';
import { more } from '../terminal/help.ts';
import { withDataDir } from '../terminal/named-commands.ts';
import { goOnWhenReaderLeaves } from '../terminal/print.ts';
import { buildConsolePage } from '../up/console-page.ts';
import {
  createDataFolder,
  type DataFolder,
  dataFolder,
  defaultDataDir,
  emptyDataFolder,
  holdsData,
} from '../up/data-folder.ts';
import { choosePorts, type PortChoice, parsePorts, portNames, portsFromEnvironment } from '../up/ports.ts';
import { findRunningSystem, type RunningSystem } from '../up/running-system.ts';
import { bootstrapperEntry, servicePlans } from '../up/services.ts';
import { System } from '../up/system.ts';
import { servicesToStart, usedPorts } from '../up/used-ports.ts';
import { welcome } from '../up/welcome.ts';

/** Ctrl-C through npm arrives twice within a millisecond: only a later signal is a second wish. */
const secondSignalAfterMs = 1_000;

interface UpOptions {
  readonly dataDir: string;
  readonly ports?: PortChoice;
  readonly without?: readonly string[];
  readonly reset?: true;
  readonly yes?: true;
}

/** The command. */
export function upCommand(): Command {
  return new Command('up')
    .description('start everything on this machine and run it until Ctrl-C')
    .option('--data-dir <folder>', 'where data, logs and credentials are kept', defaultDataDir)
    .addOption(
      new Option(
        '--ports <choice>',
        `"auto" picks free ports; or move some: http=3010,sql=26300 (${portNames.join(', ')})`,
      ).argParser(parsePorts),
    )
    .option('--without <service>', 'leave a service out, to run your own in its place (may be repeated)', collect)
    .option('--reset', 'delete all data first, after asking')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      more({
        examples: ['npx eventstream up --ports http=3010,sql=26300', 'npx eventstream up --without paymentworker'],
        exitCodes: {
          0: 'stopped in order, by Ctrl-C or SIGTERM',
          1: 'not started, or ended at once by a second signal',
        },
      }),
    )
    .action(up);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  if (!servicePlans.some(({ name }) => name === value)) {
    throw new CodedError('service_unknown', `"${value}" is no service.`, {
      nextStep: `The services are: ${servicePlans.map(({ name }) => name).join(', ')}.`,
    });
  }
  return [...before, value];
}

function tell(line: string): void {
  process.stdout.write(`${withDataDir(line)}\n`);
}

async function up(options: UpOptions): Promise<void> {
  const folder = dataFolder(options.dataDir);
  refuseSecondStart(folder);
  if (options.reset === true) await reset(folder, options.yes === true);
  const services = servicesToStart(options.without ?? [], process.env);
  const choice = options.ports === 'auto' ? 'auto' : { ...portsFromEnvironment(process.env), ...options.ports };
  const ports = await choosePorts(choice, usedPorts(services, process.env), tell);
  const system = new System({ folder, ports, services, bootstrapperEntry, env: process.env, clock: systemClock, tell });
  goOnWhenReaderLeaves(); // whoever ended at once would take PostgreSQL and the services with it, unstopped
  const ending = endOnSignal(system);
  tell(`Starting eventstream; data and logs are in ${folder.root}`);
  createDataFolder(folder);
  const page = services.some(({ name }) => name === 'console') ? buildConsolePage({ folder, tell }) : undefined;
  let running: RunningSystem;
  try {
    running = await system.start();
  } catch (error) {
    if (ending.asked()) return; // stopped by the user before everything was up; the signal's handler ends the process
    await system.stop();
    throw error;
  }
  await page;
  tell(welcome(running));
}

function refuseSecondStart(folder: DataFolder): void {
  const running = findRunningSystem(folder.root);
  if (running === undefined) return;
  throw new CodedError(
    'already_running',
    `eventstream already runs on ${folder.root} (process ${running.supervisor.pid}).`,
    {
      nextStep: `See it with \`npx eventstream status\`, end it with Ctrl-C in its terminal or \`kill ${running.supervisor.pid}\`, or start another with --data-dir and --ports auto.`,
    },
  );
}

async function reset(folder: DataFolder, yes: boolean): Promise<void> {
  if (!holdsData(folder)) return;
  await confirm(`All orders, events and logs in ${folder.root} will be deleted.`, { yes });
  createDataFolder(folder);
  const claim = claimFolder(folder.root);
  emptyDataFolder(folder);
  claim.release();
}

/** Stops the system at the first signal, and at once at a second one. */
function endOnSignal(system: System): { asked(): boolean } {
  let firstMs: number | undefined;
  const onSignal = async () => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      tell('Stopping; once more Ctrl-C ends everything at once.');
      await system.stop();
      tell('Everything has stopped.');
      process.exit(0);
    }
    if (performance.now() - firstMs < secondSignalAfterMs) return;
    await system.kill();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void onSignal());
  return { asked: () => firstMs !== undefined };
}
