/** The life of a whole process, from outside: what it says, answers, and exits with. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { metricsPage } from '@eventstream/testing/metrics-page';

interface Running {
  readonly child: ChildProcess;
  /** Everything it wrote to stdout and stderr. */
  output(): string;
  readonly exitCode: Promise<unknown>;
}

function run(env: Record<string, string> = {}): Running {
  const script = new URL('./testdata/small-process.ts', import.meta.url);
  const child = fork(script, { env: { PATH: process.env['PATH'], ...env }, silent: true });
  const { stdout, stderr } = child;
  assert.ok(stdout !== null && stderr !== null);
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  // Not the child's `close`: that never comes once we have disconnected.
  const ended = Promise.all([once(child, 'exit'), once(stdout, 'close'), once(stderr, 'close')]);
  return { child, output: () => output, exitCode: ended.then(([[code]]) => code) };
}

/** The port of its health server, once it says that it is ready. */
async function ready({ child }: Running): Promise<number> {
  const [message] = await once(child, 'message');
  assert.equal(message.state, 'ready');
  return message.healthPort;
}

function steps(running: Running): string[] {
  return running.output().match(/(start|stop) (first|second)/g) ?? [];
}

describe('a process', () => {
  test('starts its parts in order, serves, stops them in reverse on SIGTERM and exits 0', async () => {
    const running = run();
    const port = await ready(running);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.equal(answer.status, 200);
    assert.match(await metricsPage(port), /process_cpu_seconds_total/);
    running.child.kill('SIGTERM');
    assert.equal(await running.exitCode, 0);
    assert.deepEqual(steps(running), ['start first', 'start second', 'stop second', 'stop first']);
  });

  test('takes two signals within a second for one, as npm passes on Ctrl-C', async () => {
    const running = run({ SHUTDOWN_DELAY: '100ms' });
    await ready(running);
    running.child.kill('SIGINT');
    running.child.kill('SIGTERM');
    assert.equal(await running.exitCode, 0);
    assert.equal(steps(running).length, 4);
  });

  test('is not ready while it stops, but alive; a second signal a second later ends it with 1', async () => {
    const running = run({ FAULT: 'hang' });
    const port = await ready(running);
    running.child.kill('SIGTERM');
    while (!running.output().includes('stop second')) await once(running.child.stdout ?? running.child, 'data');
    assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.equal(answer.status, 503);
    // Signals until one is late enough to be a second wish.
    const again = setInterval(() => running.child.kill('SIGTERM'), 300);
    assert.equal(await running.exitCode, 1);
    clearInterval(again);
  });

  test('whose part does not start stops the others and exits 1', async () => {
    const running = run({ FAULT: 'start' });
    assert.equal(await running.exitCode, 1);
    assert.deepEqual(steps(running), ['start first', 'start second', 'stop second', 'stop first']);
    assert.match(running.output(), /the second part is broken/);
  });

  test('whose part does not stop cleanly stops the others and exits 1', async () => {
    const running = run({ FAULT: 'stop' });
    await ready(running);
    running.child.kill('SIGTERM');
    assert.equal(await running.exitCode, 1);
    assert.match(running.output(), /stop first/);
  });

  test('exits 1 with one fatal line when a bug surfaces', async () => {
    for (const [FAULT, message] of [
      ['rejection', 'nobody listens'],
      ['exception', 'nobody catches'],
    ] as const) {
      const running = run({ FAULT });
      assert.equal(await running.exitCode, 1);
      const fatal = running
        .output()
        .split('\n')
        .filter((line) => line.includes('"fatal"'));
      assert.equal(fatal.length, 1);
      assert.match(fatal[0] ?? '', new RegExp(message));
    }
  });

  test('with wrong settings says all of them and exits 2', async () => {
    const running = run({ LOG_LEVEL: 'loud', ORDERS_PORT: 'none', BIND_ADDRESS: '0.0.0.0' });
    assert.equal(await running.exitCode, 2);
    for (const name of ['LOG_LEVEL', 'ORDERS_PORT', 'BIND_ADDRESS'])
      assert.match(running.output(), new RegExp(`  ${name}: `));
  });

  test('whose health port is taken says which setting moves it and exits 2', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const running = run({ HEALTH_PORT: String(address.port) });
    assert.equal(await running.exitCode, 2);
    assert.match(running.output(), new RegExp(`port ${address.port} is in use; set HEALTH_PORT to another one`));
    taken.close();
  });

  test('dies at the place, and at the pass, that FAILPOINTS names', async () => {
    const running = run({ FAILPOINTS: 'small.other:kill,small.start:kill@2' });
    await once(running.child, 'exit');
    assert.equal(running.child.signalCode, 'SIGKILL');
    await running.exitCode;
    assert.deepEqual(steps(running), ['start first']);
  });

  test('obeys a file with its name in the folder that FAILPOINTS names, once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'failpoints-'));
    await writeFile(join(folder, 'small'), 'small.start:kill');
    await writeFile(join(folder, 'another'), 'small.start:kill');
    const first = run({ FAILPOINTS: `folder:${folder}` });
    await once(first.child, 'exit');
    assert.equal(first.child.signalCode, 'SIGKILL');
    assert.deepEqual((await readdir(folder)).toSorted(), ['another', 'small.fired']);
    const second = run({ FAILPOINTS: `folder:${folder}` });
    await ready(second);
    second.child.kill('SIGTERM');
    assert.equal(await second.exitCode, 0);
    await rm(folder, { recursive: true });
  });

  test('with failpoints that nobody can read says so and exits 2', async () => {
    const running = run({ FAILPOINTS: 'small.start' });
    assert.equal(await running.exitCode, 2);
    assert.match(running.output(), /FAILPOINTS asks for "small.start"/);
  });

  test('under a supervisor stops when that goes away; without one it does not', async () => {
    const supervised = run({ EVENTSTREAM_SUPERVISED: '1' });
    await ready(supervised);
    supervised.child.disconnect();
    assert.equal(await supervised.exitCode, 0);
    assert.equal(steps(supervised).length, 4);

    const alone = run();
    const port = await ready(alone);
    alone.child.disconnect();
    assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200);
    alone.child.kill('SIGTERM');
    assert.equal(await alone.exitCode, 0);
  });
});
