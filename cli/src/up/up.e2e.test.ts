/** The whole way of a user: `npm start`, every service, and every way of ending it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { identityOf } from '@eventstream/local-servers';
import { eventually } from '@eventstream/testing/eventually';
import { repositoryRoot } from './data-folder.ts';
import { findRunningSystem, type RunningSystem, runningFileOf } from './running-system.ts';

const root = mkdtempSync(join(tmpdir(), 'eventstream-e2e-'));
chmodSync(root, 0o755);
const dataDir = join(root, 'data');
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Everything starts or ends, on a machine that may be busy with another such test. */
const aSystemMayTake = { withinMs: 60_000 };

/** Starts everything as a user does and waits until it says so. `detached`: in a process group of its own, as in a terminal. */
async function npmStart() {
  const npm = spawn('npm', ['start', '--', '--data-dir', dataDir, '--ports', 'auto'], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  children.add(npm);
  let output = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exit = once(npm, 'exit');
  const { running } = await eventually(
    () => ({ output, running: output.includes('Stop everything') ? findRunningSystem(dataDir) : undefined }),
    (start) => start.running !== undefined,
    aSystemMayTake,
  );
  assert.ok(running !== undefined);
  return { npm, running, exit, output: () => output };
}

function pidsOf(running: RunningSystem): number[] {
  return [running.supervisor.pid, ...running.parts.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))];
}

async function untilAllGone(running: RunningSystem): Promise<void> {
  await eventually(
    () => pidsOf(running).filter((pid) => identityOf(pid) !== undefined),
    (alive) => alive.length === 0,
    aSystemMayTake,
  );
}

async function place(running: RunningSystem): Promise<string> {
  const body = {
    customer_id: 'customer-1',
    restaurant_id: 'restaurant-1',
    order_items: [{ code: 'pizza', name: 'Pizza', unit_price: '9.50', quantity: 2 }],
  };
  const response = await fetch(`${running.httpUrl}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 201);
  const location = response.headers.get('location');
  assert.ok(location !== null);
  return location;
}

async function statusOf(running: RunningSystem, location: string): Promise<unknown> {
  const response = await fetch(`${running.httpUrl}${location}`);
  const order: { status?: unknown } = JSON.parse(await response.text());
  return order.status;
}

async function untilApproved(running: RunningSystem, location: string, output: () => string): Promise<void> {
  await eventually(
    async () => ({ status: await statusOf(running, location), output: output() }),
    ({ status }) => status === 'Approved',
    aSystemMayTake,
  );
}

describe('npm start', () => {
  let location = '';

  test('brings an order to Approved; SIGTERM to npm ends everything', async () => {
    const { npm, running, exit, output } = await npmStart();
    location = await place(running);
    await untilApproved(running, location, output);
    npm.kill('SIGTERM');
    await exit;
    await untilAllGone(running);
    assert.match(output(), /Everything has stopped/);
  });

  test('finds yesterday’s order again; Ctrl-C, which everyone in the terminal gets, ends everything once', async () => {
    const { npm, running, exit, output } = await npmStart();
    assert.equal(await statusOf(running, location), 'Approved');
    process.kill(-(npm.pid ?? 0), 'SIGINT');
    await exit;
    await untilAllGone(running);
    assert.match(output(), /Everything has stopped/);
  });

  test('is stopped in order by a Ctrl-C that also ends whoever read its output', async () => {
    const { npm, running, exit } = await npmStart();
    npm.stdout.destroy();
    npm.stderr.destroy();
    process.kill(-(npm.pid ?? 0), 'SIGINT');
    await exit;
    await untilAllGone(running);
    assert.equal(existsSync(runningFileOf(dataDir)), false, 'whoever is stopped in order takes its file away');
    assert.match(readFileSync(join(dataDir, 'logs', 'postgres.log'), 'utf8'), /database system is shut down\n$/);
  });

  test('works again after the supervisor was killed, which takes everything with it', async () => {
    const first = await npmStart();
    process.kill(first.running.supervisor.pid, 'SIGKILL');
    await first.exit;
    await untilAllGone(first.running);
    const { npm, running, exit, output } = await npmStart();
    const next = await place(running);
    await untilApproved(running, next, output);
    npm.kill('SIGTERM');
    await exit;
    await untilAllGone(running);
  });
});
