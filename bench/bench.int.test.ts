/** The harness itself: it measures, its contenders check their own results, and a wrong result has no figure. No timing is judged. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { outcomeOf, type ProgramOutcome } from '@eventstream/testing/outcome-of';
import { runProgram } from './harness/run-program.ts';

function bench(...args: string[]): Promise<ProgramOutcome> {
  return outcomeOf(process.execPath, ['--disable-warning=ExperimentalWarning', 'bench/main.ts', ...args]);
}

test('two rows are measured on real servers, and come out as JSON, alone on stdout as the documented command is given', async () => {
  const asDocumented = ['run', '--silent', 'bench', '--', '--json'];
  const few = ['--only=grpc', '--only=relay', '--seconds=1', '--rounds=1'];
  const { code, stdout, stderr } = await outcomeOf('npm', [...asDocumented, ...few]);
  assert.equal(code, 0, stderr);
  const { machine, rows } = JSON.parse(stdout);
  assert.equal(typeof machine.cpus, 'number');
  assert.deepEqual(
    rows.map(({ name }: { name: string }) => name),
    ['grpc', 'relay'],
  );
  for (const row of rows) {
    const keys = ['name', 'against', 'value', 'unit', 'ratio', 'target', 'stretch', 'min', 'max', 'met'];
    assert.deepEqual(Object.keys(row), keys);
    assert(row.value > 0 && row.ratio > 0, JSON.stringify(row));
  }
  assert.match(stderr, /about \d+ minutes and \d+ GB of disk/);
});

test('a profiled run says whose code ran, and leaves profiles and plans of statements', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eventstream-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { code, stderr } = await bench('--only=grpc', '--seconds=1', '--rounds=1', `--profile=${folder}`);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /store-server \d+\.\d s: .*packages\/event-store \d+ %/);
  const left = await readdir(folder);
  for (const program of ['append-over-grpc', 'append-in-process', 'store-server'])
    assert(left.includes(`${program}.1.cpuprofile`), left.join(', '));
  assert.match(await readFile(join(folder, 'store.postgres.log'), 'utf8'), /Insert on events .*actual time=/);
  const again = await bench('--only=grpc', '--seconds=1', '--rounds=1', `--profile=${folder}`);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is not empty: name another folder/);
});

test('a program whose check fails has no figure, but a reason', async () => {
  const limits = { withinMs: 30_000, signal: new AbortController().signal };
  const wrong = await runProgram('../testdata/wrong-result.ts', { seconds: 1 }, limits);
  assert.deepEqual(wrong, { kind: 'void', reason: '3 events were acked, the log has 2' });
  const hanging = await runProgram('../testdata/hangs.ts', {}, { ...limits, withinMs: 1_000 });
  assert.deepEqual(hanging, { kind: 'void', reason: 'no answer within 1 s' });
});

test('a row that does not exist is refused, with those that do', async () => {
  const { code, stderr } = await bench('--only=nothing');
  assert.equal(code, 1);
  assert.match(stderr, /The rows are append-64, /);
});

test('a run whose system does not start ends and says why', async () => {
  const args = ['--disable-warning=ExperimentalWarning', 'bench/main.ts', '--only=end-to-end-64'];
  const { code, stderr } = await outcomeOf('env', ['WRITE_WAIT=long', process.execPath, ...args]);
  assert.equal(code, 1);
  assert.match(stderr, /The system to measure did not start:[^]*WRITE_WAIT/);
});

test('a run that is ended by a signal leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eventstream-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const args = [join(import.meta.dirname, 'main.ts'), '--only=append-64', '--seconds=20', '--rounds=1'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const closed = once(child, 'close');
  await eventually(
    () => globSync('eventstream-bench-*/pgbench-*/insert.sql', { cwd: folder }).length > 0,
    (begun) => begun || child.exitCode !== null,
    { withinMs: 90_000 },
  );
  assert.equal(child.exitCode, null, told);
  child.kill('SIGTERM');
  await closed;
  assert.deepEqual(await readdir(folder), []);
});
