import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { findNatsServer, identityOf } from '@eventstream/local-servers';
import { systemClock } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { dataFolder, logFileOf } from './data-folder.ts';
import { choosePorts } from './ports.ts';
import { findRunningSystem, type RunningSystem } from './running-system.ts';
import type { ServicePlan } from './services.ts';
import { System, type SystemOptions } from './system.ts';
import { readStatus } from './system-status.ts';

const root = mkdtempSync(join(tmpdir(), 'eventstream-up-'));
chmodSync(root, 0o755);
const folder = dataFolder(join(root, 'data'));
after(() => rmSync(root, { recursive: true, force: true }));
// On a machine that never had one, getting nats-server is a line of its own among those that a start says.
before(() => findNatsServer());

const systems: System[] = [];
// A test that fails half-way would leave its system running, and the folder taken for all that follow.
afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

const fakes = 'cli/src/up/testdata';
const store: ServicePlan = {
  name: 'eventstoresvc',
  does: 'the log',
  entry: `${fakes}/service.ts`,
  wave: 1,
  ports: { HEALTH_PORT: 'eventstoresvc-health', GRPC_PORT: 'eventstore' },
  databases: ['eventstoredb'],
  neighbours: ['NATS_URL'],
};
const worker: ServicePlan = {
  name: 'paymentworker',
  does: 'debits',
  entry: `${fakes}/service.ts`,
  wave: 2,
  ports: { HEALTH_PORT: 'paymentworker-health' },
  databases: ['workersdb'],
  neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS', 'GATEWAY_URL'],
};

async function newSystem(options: Partial<SystemOptions> = {}) {
  const said: string[] = [];
  const system = new System({
    folder,
    ports: await choosePorts('auto', []),
    services: [store, worker],
    bootstrapperEntry: `${fakes}/bootstrapper.ts`,
    env: { PATH: process.env['PATH'], REVIEW_WITHIN: '3s', ADMIN_SQL_URL: 'postgresql://secret@127.0.0.1/postgres' },
    clock: systemClock,
    tell: (line) => said.push(line),
    ...options,
  });
  systems.push(system);
  return { system, said };
}

function partOf(running: RunningSystem, name: string) {
  const part = running.parts.find((one) => one.name.startsWith(name));
  assert.ok(part !== undefined, name);
  return part;
}

describe('the system', () => {
  test('starts servers, bootstrapper and services, tells each what it may know, and leaves nothing running', async () => {
    const { system, said } = await newSystem();
    const running = await system.start();
    assert.deepEqual(said.toSorted(), [
      'eventstoresvc is ready',
      'nats-server is ready',
      'paymentworker is ready',
      'postgres is ready',
    ]);
    const response = await fetch(`${partOf(running, 'paymentworker').healthUrl}/environment`);
    const told: Record<string, string> = JSON.parse(await response.text());
    assert.match(told['WORKERSDB_URL'] ?? '', /^postgresql:\/\/paymentworker:.+\/workersdb$/);
    assert.equal(told['EVENTSTORE_ADDRESS'], running.eventstoreAddress);
    assert.equal(told['REVIEW_WITHIN'], '3s');
    for (const secret of ['EVENTSTOREDB_URL', 'ADMIN_SQL_URL', 'ROLE_PASSWORDS']) assert.equal(told[secret], undefined);
    const bootstrapped = readFileSync(logFileOf(folder, 'bootstrapper'), 'utf8');
    assert.match(bootstrapped, /ROLE_PASSWORDS/);
    assert.match(running.databases['eventstoredb']?.['verifier'] ?? '', /^postgresql:\/\/verifier:/);
    const pids = running.parts.map(({ pid }) => pid ?? 0);
    assert.equal(pids.length, 4);
    await system.stop();
    assert.deepEqual(
      pids.filter((pid) => identityOf(pid) !== undefined),
      [],
    );
    assert.equal(findRunningSystem(folder.root), undefined);
    assert.match(readFileSync(logFileOf(folder, 'paymentworker'), 'utf8'), /stopping/);
  });

  test('is found by its file, which only its owner may read, and reports its state', async () => {
    const { system } = await newSystem();
    await system.start();
    assert.equal(statSync(join(folder.root, 'running.json')).mode & 0o777, 0o600);
    const running = findRunningSystem(folder.root);
    assert.ok(running !== undefined);
    const status = await readStatus(running);
    assert.equal(status.healthy, true);
    assert.deepEqual(
      status.processes.map(({ name, version }) => `${name}${version === undefined ? '' : ', of a version'}`).toSorted(),
      ['eventstoresvc', 'nats-server, of a version', 'paymentworker', 'postgres, of a version'],
    );
    assert.deepEqual(
      status.processes.map(({ state }) => state),
      ['ready', 'ready', 'ready', 'ready'],
    );
    assert.deepEqual(
      status.numbers.map(({ process, name, labels, value }) => ({ process, name, labels, value })),
      ['eventstoresvc', 'paymentworker'].map((process) => ({
        process,
        name: 'worker_lag_events',
        labels: 'consumer="test"',
        value: 3,
      })),
    );
    await system.stop();
  });

  test('is found also when it runs only the servers, for services that somebody else runs', async () => {
    const { system } = await newSystem({ services: [] });
    await system.start();
    const running = findRunningSystem(folder.root);
    assert.match(running?.databases['workersdb']?.['paymentworker'] ?? '', /^postgresql:\/\/paymentworker:/);
    await system.stop();
  });

  test('starts a crashed service again and says so', async () => {
    const { system, said } = await newSystem();
    const running = await system.start();
    const first = partOf(running, 'paymentworker');
    await fetch(`${first.healthUrl}/crash`).catch(() => undefined);
    const now = () => partOf(findRunningSystem(folder.root) ?? running, 'paymentworker');
    const { pid } = await eventually(now, ({ state, restarts }) => state === 'ready' && restarts === 1);
    assert.notEqual(pid, first.pid);
    assert.ok(
      said.some((line) => /^paymentworker exited with code 7, starts again in \d+ ms/.test(line)),
      said.join('\n'),
    );
    await system.stop();
  });

  test('goes on where its file cannot be written, says so once, and writes it when there is room again', async () => {
    const { system, said } = await newSystem();
    const running = await system.start();
    const { healthUrl, pid } = partOf(running, 'paymentworker');
    const inTheWay = join(folder.root, 'running.json.new');
    mkdirSync(inTheWay);
    const crash = () => fetch(`${healthUrl}/crash`).catch(() => undefined);
    const untilReadyFor = (nth: number) =>
      eventually(
        () => said,
        (lines) => lines.filter((line) => line === 'paymentworker is ready').length >= nth,
      );
    await crash();
    await untilReadyFor(2);
    assert.equal(said.filter((line) => line.startsWith('what runs cannot be written down')).length, 1, said.join('\n'));
    assert.equal(partOf(findRunningSystem(folder.root) ?? running, 'paymentworker').pid, pid, 'the file is old');
    rmSync(inTheWay, { recursive: true });
    await crash();
    await untilReadyFor(3);
    assert.equal(partOf(findRunningSystem(folder.root) ?? running, 'paymentworker').restarts, 2);
    await system.stop();
  });

  test('refuses a folder that is in use', async () => {
    const first = await newSystem();
    await first.system.start();
    const second = await newSystem();
    await assert.rejects(second.system.start(), { code: 'folder_in_use' });
    await second.system.stop();
    assert.notEqual(findRunningSystem(folder.root), undefined, 'the first one goes on');
    await first.system.stop();
  });

  test('of which a service cannot start says why, and leaves nothing running', async () => {
    const { system } = await newSystem({ services: [store, { ...worker, entry: `${fakes}/misconfigured.ts` }] });
    const startedMs = performance.now();
    await assert.rejects(system.start(), /paymentworker[^]*exited with code 2[^]*GRPC_PORT: is no number/);
    assert.ok(performance.now() - startedMs < 20_000, 'without trying for ever');
    const running = findRunningSystem(folder.root);
    await system.stop();
    assert.deepEqual(
      running?.parts.filter(({ pid }) => pid !== undefined && identityOf(pid) !== undefined),
      [],
    );
  });

  test('can be stopped while it starts', async () => {
    const { system } = await newSystem();
    const started = system.start();
    const refused = assert.rejects(started);
    await eventually(() => existsSync(join(folder.root, 'running.json')), Boolean);
    await system.stop();
    await refused;
    assert.equal(findRunningSystem(folder.root), undefined);
  });
});
