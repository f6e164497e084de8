/** `eventstream doctor`: what is here, in which version, what is free, and what is missing. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findNatsServer, findPostgresBinaries, isPortFree } from '@eventstream/local-servers';
import { codeOf, messageOf } from '@eventstream/platform';
import { Command } from 'commander';
import { more } from '../terminal/help.ts';
import { withDataDir } from '../terminal/named-commands.ts';
import { print, printJson } from '../terminal/print.ts';
import { plainTable } from '../terminal/table.ts';
import { widthOfResult, wrapped } from '../terminal/wrap.ts';
import { given, givenSqlServer } from '../up/addresses.ts';
import { defaultDataDir } from '../up/data-folder.ts';
import { findingsOf } from '../up/findings.ts';
import { portsFromEnvironment } from '../up/ports.ts';
import { findRunningSystem, type RunningSystem } from '../up/running-system.ts';
import { type PortName, standardPorts } from '../up/services.ts';
import { readStatus } from '../up/system-status.ts';
import { servicesToStart, usedPorts } from '../up/used-ports.ts';

const wantedNodeMajor = 24;
const wantedFreeBytes = 1024 ** 3;

/** What was looked at, and whether it is as it should be. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

/** The command. Exit code 1 when something is not as it should be. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check this machine and what runs on it: versions, ports, configuration, faults')
    .option('--data-dir <folder>', 'data folder to look at', defaultDataDir)
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', more({ exitCodes: { 0: 'all is as it should be', 1: 'something is not' } }))
    .action(doctor);
}

async function doctor(options: { dataDir: string; json?: true }): Promise<void> {
  const running = findRunningSystem(resolve(options.dataDir));
  const findings: Finding[] = [
    node(),
    await postgres(process.env),
    await natsServer(process.env),
    dataDirectory(resolve(options.dataDir)),
    {
      what: 'system',
      ok: true,
      found: running === undefined ? 'does not run' : `runs as process ${running.supervisor.pid}`,
    },
    ...(running === undefined ? await ports(process.env) : await complaints(running)),
    ...givenServers(),
  ];
  if (options.json === true) printJson(findings);
  else {
    const rows = findings.map(({ what, ok, found }) => [ok ? 'ok' : 'NOT OK', what, found]);
    print(findingsTable(rows, widthOfResult()));
  }
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** What was found, in lines of this width; what goes on in a further line stands below its beginning. */
function findingsTable(rows: readonly string[][], width: number): string {
  const [head = '', ...lines] = plainTable(['', 'what', 'found'], rows).split('\n');
  const at = head.indexOf('found');
  const found = (line: string): string => wrapped(line.slice(at), width - at).replaceAll('\n', `\n${' '.repeat(at)}`);
  return [head, ...lines.map((line) => `${line.slice(0, at)}${found(line)}`)].join('\n');
}

/** What the running system itself says is wrong, each with what helps. */
async function complaints(running: RunningSystem): Promise<Finding[]> {
  const { processes } = await readStatus(running);
  const findings = findingsOf(processes).map(({ process, says, nextStep, waiting }) => ({
    what: process,
    ok: false,
    found: withDataDir(
      [
        says,
        ...(nextStep === undefined ? [] : [`→ ${nextStep}`]),
        ...(waiting.length === 0 ? [] : [`(waiting for it: ${waiting.join(', ')})`]),
      ].join(' '),
    ),
  }));
  if (findings.length > 0) return findings;
  return [{ what: 'processes', ok: true, found: `all ${processes.length} are well` }];
}

function node(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= wantedNodeMajor;
  return { what: 'Node', ok, found: `${process.versions.node} on ${process.platform}-${process.arch}` };
}

const ofYourOwn = 'your own is used, as the environment says';

async function postgres(env: NodeJS.ProcessEnv): Promise<Finding> {
  const what = 'PostgreSQL';
  return look(what, async () => (givenSqlServer(env) ? ofYourOwn : findPostgresBinaries().postgresVersion));
}

/** What is there of nats-server. One that is missing is no fault: a start fetches it. `find` looks on this machine. */
export async function natsServer(env: NodeJS.ProcessEnv, find = findNatsServer): Promise<Finding> {
  const what = 'nats-server';
  if (given(env, 'NATS_URL') !== undefined) return { what, ok: true, found: ofYourOwn };
  return look(what, async () => {
    try {
      const { version, path } = await find({ allowInstall: false });
      return `${version} (${path})`;
    } catch (error) {
      if (codeOf(error) === 'nats_server_not_found') return 'not here yet: `npm start` fetches it';
      throw error;
    }
  });
}

async function look(what: string, find: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, found: await find() };
  } catch (error) {
    return { what, ok: false, found: messageOf(error) };
  }
}

function dataDirectory(dataDir: string): Finding {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return { what: 'data folder', ok: false, found: `${folder} is not writable: choose another with --data-dir` };
  }
  const { bavail, bsize } = statfsSync(folder);
  const ok = bavail * bsize >= wantedFreeBytes;
  return { what: 'data folder', ok, found: `${dataDir}, ${Math.floor((bavail * bsize) / 1024 ** 2)} MB free` };
}

/** The ports that a start with this environment would open; what runs elsewhere has no say in them. */
export async function ports(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const all = { ...standardPorts, ...portsFromEnvironment(env) };
  let names: readonly PortName[];
  try {
    names = usedPorts(servicesToStart([], env), env);
  } catch {
    return []; // the addresses of the databases are not whole, as said of PostgreSQL
  }
  const findings = await Promise.all(
    names.map(async (name) => ({ name, port: all[name], free: await isPortFree(all[name]) })),
  );
  const taken = findings.filter(({ free }) => !free);
  if (taken.length === 0) return [{ what: 'ports', ok: true, found: `all ${findings.length} are free` }];
  return taken.map(({ name, port }) => ({
    what: `port ${name}`,
    ok: false,
    found: `${port} is in use: move it with --ports ${name}=${port + 10}`,
  }));
}

/** Where an address leads; that of a NATS cluster names several servers. */
export function hostsOf(what: string, address: string): Finding {
  // The client of NATS takes a list, and hosts without a scheme.
  const servers = what === 'NATS_URL' ? address.split(',') : [address];
  const urls = servers.map((one) => (what === 'NATS_URL' && !one.includes('://') ? `nats://${one}` : one));
  const ok = urls.every((url) => URL.canParse(url));
  return { what, ok, found: ok ? urls.map((url) => new URL(url).host).join(', ') : 'is no url' };
}

/** Servers of the user's own. Addresses may hold passwords, so only the host is shown. */
function givenServers(): Finding[] {
  const names = [
    'SQL_URL',
    'ADMIN_SQL_URL',
    'EVENTSTOREDB_URL',
    'ORDERSDB_URL',
    'WORKERSDB_URL',
    'GATEWAYDB_URL',
    'NATS_URL',
  ];
  return names.flatMap((what) => {
    const url = given(process.env, what);
    return url === undefined ? [] : [hostsOf(what, url)];
  });
}
