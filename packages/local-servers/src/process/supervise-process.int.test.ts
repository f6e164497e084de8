import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { firstMatch, runModule, soon, untilGone, untilReadyAgain } from './children.fixture.ts';
import { identityOf } from './process-identity.ts';
import { type ProbeAnswer, type ProcessState, type SuperviseOptions, superviseProcess } from './supervise-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'supervise-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const quickRestart = { firstMs: 10, maxMs: 50, stableMs: 10_000 };
const sleeper = 'setInterval(() => {}, 1000); console.log("up")';

function node(script: string, more: Partial<SuperviseOptions> = {}): SuperviseOptions {
  return { name: 'child', command: process.execPath, args: ['-e', script], env: {}, restart: quickRestart, ...more };
}

/** Nothing of this process goes on meanwhile: as if it was stopped, and continued. */
function standStill(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

async function neverReady(): Promise<ProbeAnswer> {
  return { ready: false, reason: 'no answer' };
}

describe('a supervised process', () => {
  test('is ready when its probe says so, and gone after stop', async () => {
    let asked = 0;
    const child = superviseProcess(
      node(sleeper, { probe: async () => (++asked < 3 ? { ready: false, reason: 'not yet' } : { ready: true }) }),
    );
    await child.ready(10_000);
    assert.equal(asked, 3);
    const pid = child.pid ?? 0;
    await child.stop();
    assert.equal(identityOf(pid), undefined);
    assert.equal(child.state.kind, 'stopped');
  });

  test('comes back after a crash', async () => {
    const child = superviseProcess(node(sleeper));
    await child.ready(10_000);
    const first = child.pid;
    await child.kill();
    await untilReadyAgain(child, first);
    assert.equal(child.restarts, 1);
    await child.stop();
  });

  test('that was ready and then says nothing for too long is ended and started again', async () => {
    let answers = true;
    const child = superviseProcess(
      node(sleeper, {
        restart: { ...quickRestart, unreadyMaxMs: 100 },
        probe: async () => (answers ? { ready: true } : { ready: false, reason: 'hangs' }),
        onState: ({ kind }) => (answers ||= kind === 'exited'),
      }),
    );
    await child.ready(10_000);
    const first = child.pid;
    answers = false;
    await untilReadyAgain(child, first);
    assert.equal(child.restarts, 1);
    await child.stop();
  });

  test('is left alone when it is its supervisor that stood still, in the middle of asking', async () => {
    let asked = 0;
    const child = superviseProcess(
      node(sleeper, {
        restart: { ...quickRestart, unreadyMaxMs: 200, roundMaxMs: 50 },
        probe: async () => {
          asked += 1;
          if (asked !== 2) return { ready: true };
          standStill(300);
          return { ready: false, reason: 'no answer in time' };
        },
      }),
    );
    await child.ready(10_000);
    const first = child.pid;
    await eventually(
      () => ({ asked, state: child.state.kind }),
      (now) => now.asked >= 3 && now.state === 'ready',
      soon,
    );
    const { restarts, pid } = child;
    await child.stop();
    assert.equal(restarts, 0);
    assert.equal(pid, first);
  });

  test('is given its whole time to get ready when it is its supervisor that stood still meanwhile', async () => {
    let asked = 0;
    const child = superviseProcess(
      node(sleeper, {
        probe: async () => {
          asked += 1;
          if (asked === 2) standStill(1_500);
          return asked > 2 ? { ready: true } : { ready: false, reason: 'no answer in time' };
        },
      }),
    );
    try {
      await child.ready(1_000);
    } finally {
      await child.stop();
    }
  });

  test('that does not answer in time is said not to answer, in words for people', async () => {
    let isSilent = false;
    const said = Promise.withResolvers<string>();
    const child = superviseProcess(
      node(sleeper, {
        probe: async () => {
          if (isSilent) throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
          return { ready: true };
        },
        onState: (state) => {
          if (state.kind === 'notReady') said.resolve(state.reason);
        },
      }),
    );
    await child.ready(10_000);
    isSilent = true;
    assert.equal(await said.promise, 'no answer in time');
    await child.stop();
  });

  test('is watched over although there is no room for a note about it', async () => {
    const child = superviseProcess(node(sleeper, { pidFile: join(folder, 'no-such-folder', 'child.pid') }));
    await child.ready(10_000);
    const first = child.pid;
    await child.kill();
    await untilReadyAgain(child, first);
    await child.stop();
  });

  test('is watched over although whoever is told of its states throws', async () => {
    const onState = () => assert.fail('no room');
    const child = superviseProcess(node(sleeper, { probe: async () => ({ ready: true }), onState }));
    await child.ready(10_000);
    const first = child.pid;
    await child.kill();
    await untilReadyAgain(child, first);
    await child.stop();
    assert.equal(child.state.kind, 'stopped');
  });

  test('that was never ready is given up after three exits, with its last words', async () => {
    const states: ProcessState[] = [];
    const child = superviseProcess(
      node('console.error("no such setting"); process.exit(3)', {
        probe: neverReady,
        onState: (state) => states.push(state),
      }),
    );
    await assert.rejects(child.ready(10_000), /exited with code 3[^]*no such setting/);
    assert.equal(states.filter(({ kind }) => kind === 'starting').length, 3);
  });

  test('whose exit code says that another try is hopeless is given up at once', async () => {
    const child = superviseProcess(node('process.exit(2)', { probe: neverReady, hopelessExitCodes: [2] }));
    await assert.rejects(child.ready(10_000), /exited with code 2/);
    assert.equal(child.restarts, 0);
  });

  test('is told over its channel when its supervisor is gone', async () => {
    const logFile = join(folder, 'channel.log');
    const script = `process.once('disconnect', () => process.exit(0)); console.log('supervised ' + process.env.EVENTSTREAM_SUPERVISED + process.connected)`;
    const child = superviseProcess(node(script, { logFile, channel: true }));
    await eventually(
      () => readFileSync(logFile, { encoding: 'utf8', flag: 'a+' }),
      (text) => text.includes('supervised 1true'),
      soon,
    );
    await child.stop();
  });

  test('of a program that does not exist is reported as such', async () => {
    const child = superviseProcess({
      ...node('', { probe: neverReady, restart: 'never' }),
      command: join(folder, 'nothing-here'),
    });
    await assert.rejects(child.ready(10_000), /nothing-here/);
  });

  test('that ignores SIGTERM is killed, and its own children with it', async () => {
    const script = `process.on('SIGTERM', () => {}); const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); console.log('grandchild ' + c.pid); setInterval(() => {}, 1000)`;
    const logFile = join(folder, 'stubborn.log');
    const child = superviseProcess(node(script, { logFile }));
    const grandchild = await eventually(
      () => Number(/grandchild (\d+)\n/.exec(readFileSync(logFile, { encoding: 'utf8', flag: 'a+' }))?.[1] ?? 0),
      (pid) => pid > 0,
      soon,
    );
    await child.stop([{ signal: 'SIGTERM', waitMs: 100 }]);
    await untilGone(grandchild);
  });

  test('writes its output to the log file', async () => {
    const logFile = join(folder, 'output.log');
    const child = superviseProcess(
      node('console.log("to out"); console.error("to err")', { logFile, restart: 'never' }),
    );
    await eventually(
      () => child.state.kind,
      (state) => state === 'failed',
      soon,
    );
    await child.stop();
    assert.match(readFileSync(logFile, 'utf8'), /to out/);
    assert.match(readFileSync(logFile, 'utf8'), /to err/);
  });

  test('left over by a supervisor that was killed is ended before a new one starts', async () => {
    const pidFile = join(folder, 'left-over.pid');
    const orphan = spawn(process.execPath, ['-e', sleeper], { stdio: ['ignore', 'pipe', 'ignore'] });
    await firstMatch(orphan, /(up)/);
    writeFileSync(pidFile, JSON.stringify(identityOf(orphan.pid ?? 0)));
    const child = superviseProcess(node(sleeper, { pidFile }));
    await child.ready(10_000);
    await eventually(
      () => orphan.signalCode ?? orphan.exitCode,
      (ended) => ended !== null,
      soon,
    );
    await child.stop();
  });

  test('a note about a process whose number now belongs to another harms nobody', async () => {
    const pidFile = join(folder, 'reused.pid');
    writeFileSync(pidFile, JSON.stringify({ pid: process.pid, startedAt: 'some other time' }));
    const child = superviseProcess(node(sleeper, { pidFile }));
    await child.ready(10_000);
    await child.stop();
  });

  test('ends when its supervisor is killed', { skip: process.platform !== 'linux' }, async () => {
    const module = new URL('./supervise-process.ts', import.meta.url).href;
    const script = `
      const { superviseProcess } = await import(${JSON.stringify(module)});
      const child = superviseProcess({ name: 'c', command: process.execPath, args: ['-e', ${JSON.stringify(sleeper)}], env: {} });
      await child.ready(10000);
      console.log('child ' + child.pid);`;
    const supervisor = runModule(script);
    const pid = Number(await firstMatch(supervisor, /child (\d+)/));
    assert.notEqual(identityOf(pid), undefined);
    supervisor.kill('SIGKILL');
    await untilGone(pid);
  });
});
