// Starts everything of this repository, on whatever Node >= 20.19 is there: installs what is missing, then runs the wanted
// program on Node 24, which runs TypeScript as it is. Plain JavaScript without dependencies, because it runs before there are any.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = [20, 19];
const wantedMajor = 24;
/** Ctrl-C through npm arrives twice within a millisecond: from the terminal, and passed on by npm. */
const sameSignalMs = 1_000;

/** Flags of ours that npm takes for its own when `--` is forgotten. Those that people set for npm itself (`--yes`, `--only`) can't be told apart. */
const ownFlags = [
  'data-dir json reset ports without follow lines', // up, logs
  'item customer restaurant currency key wait reason status limit', // orders
  'after backwards order type older-than stuck', // events, sagas
  'stream consumer state why by all in-flight acked', // dead letters, log, verify
  'count duration rate concurrency mix retries answer-within ends-within verify', // load
  'quick rounds seconds scale warm-up markdown keep profile', // bench
  'worlds from seed threads minutes faults once cluster', // sim, chaos
].flatMap((line) => line.split(' '));

/** First words that start a program of the repository; all others are commands of `eventstream`. */
const programs = { test: 'tools/test.ts', bench: 'bench/main.ts', sim: 'sim/main.ts', chaos: 'chaos/main.ts' };

/** Runs the command line; ends this process with the exit code of what it started. */
export async function launch(args) {
  const problem = nodeTooOld(process.versions.node) ?? swallowedFlag(process.env);
  if (problem !== undefined) return fail(problem);
  const missing = whatIsMissing();
  if (missing !== undefined && !install(missing))
    return fail('Installing the dependencies failed; npm says why above.');
  const node = findNode24();
  if (node === undefined) return fail(noNode24());
  const own = programs[args[0]];
  const [file, rest] = own === undefined ? ['cli/src/main.ts', args] : [own, args.slice(1)];
  process.exitCode = await run(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...rest]);
}

/** A sentence when this Node cannot even start us. */
function nodeTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return undefined;
  return `Node ${version} is too old: eventstream needs Node ${oldestNode.join('.')} or newer to start (see https://nodejs.org).`;
}

/** A sentence when npm kept a flag that was meant for us: `npm start --reset` reaches us without `--reset`. */
function swallowedFlag(env) {
  const script = env.npm_lifecycle_event;
  if (script === undefined) return undefined;
  const flag = ownFlags.find((name) => env[nameInEnvironment(name)] !== undefined);
  if (flag === undefined) return undefined;
  const command = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  const written = env[nameInEnvironment(flag)] === '' ? `--no-${flag}` : `--${flag}`;
  return `npm kept the flag ${written} for itself. Flags for eventstream follow two dashes: ${command} -- ${written}`;
}

function nameInEnvironment(flag) {
  return `npm_config_${flag.replaceAll('-', '_')}`;
}

/** Why the dependencies must be installed; undefined when all that package-lock.json wants on this machine is there. */
function whatIsMissing() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) return undefined; // not a clone: the package manager that installed us takes care
  if (present === undefined) return 'first start';
  const differs = Object.entries(wanted).some(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/')) return false;
    const found = present[path];
    // A link leads to a workspace of ours, which has no version there; without it, a new workspace can't be imported.
    return found === undefined ? !optional : !link && found.version !== version;
  });
  return differs ? 'package-lock.json changed' : undefined;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** `npm ci`, with the npm that started us where there is one. Its own output is shown only when something is wrong. */
function install(reason) {
  process.stderr.write(`Installing the dependencies (${reason}); this takes about a minute ...\n`);
  const startedMs = performance.now();
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { status } = spawnSync(...command, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: installEnvironment(),
  });
  if (status === 0) process.stderr.write(`Installed in ${((performance.now() - startedMs) / 1000).toFixed(0)} s.\n`);
  return status === 0;
}

/** Optional packages bring Node 24 and PostgreSQL, development packages the tests' tools: a user's habit of omitting them doesn't count. */
function installEnvironment() {
  const env = { ...process.env };
  for (const name of ['NODE_ENV', 'npm_config_omit', 'npm_config_production', 'npm_config_optional']) delete env[name];
  return env;
}

/** The pinned Node from npm, or the one that runs this when it is new enough. */
function findNode24() {
  const { platform, arch, execPath, versions } = process;
  const program = platform === 'win32' ? 'node.exe' : 'node';
  const systems = { win32: 'win' };
  const name = `${systems[platform] ?? platform}-${arch}`;
  const pinned = [`node-${name}`, `node-bin-${name}`].map((folder) =>
    join(root, 'node_modules', folder, 'bin', program),
  );
  const own = Number(versions.node.split('.')[0]) >= wantedMajor ? execPath : undefined;
  return pinned.find(runs) ?? own;
}

function runs(program) {
  return existsSync(program) && spawnSync(program, ['--version']).status === 0;
}

function noNode24() {
  return `No Node ${wantedMajor} for ${process.platform}-${process.arch} came with the dependencies, and this is Node ${process.versions.node}. Install Node ${wantedMajor} and start again with it.`;
}

/** Runs the program to its end, passing signals on; resolves with the exit code to end with. */
function run(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { stdio: 'inherit', env: childEnvironment(node) });
    let lastSignalMs = -Infinity;
    const passOn = (signal) => {
      if (performance.now() - lastSignalMs < sameSignalMs) return;
      lastSignalMs = performance.now();
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => passOn(signal));
    child.once('error', (error) => {
      process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Node 24 comes first on the PATH of everything started below; the program is told to end when this launcher is gone. */
function childEnvironment(node) {
  const { env } = process;
  const separator = process.platform === 'win32' ? ';' : ':';
  const child = {
    ...env,
    PATH: `${dirname(node)}${separator}${env.PATH ?? ''}`,
    EVENTSTREAM_LAUNCHER_PID: String(process.pid),
    // Every process strips and compiles the same files: kept, that is a quarter less CPU at each start.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node'),
  };
  if (!Object.keys(env).some((name) => /^https?_proxy$/i.test(name))) return child;
  // Downloads go through the proxy, our own servers on this machine don't.
  const direct = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { ...child, NODE_USE_ENV_PROXY: env.NODE_USE_ENV_PROXY ?? '1', NO_PROXY: direct, no_proxy: direct };
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await launch(process.argv.slice(2));
