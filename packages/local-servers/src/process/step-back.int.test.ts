import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { stepBack } from './step-back.ts';

test('a child in its own session stands behind others, and so does its session where that counts', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const { pid } = child;
  assert(pid !== undefined);
  try {
    await stepBack(pid, 7);
    assert.equal(getPriority(pid), 7);
    const group = `/proc/${pid}/autogroup`;
    if (existsSync(group)) assert.match(readFileSync(group, 'utf8'), /nice 7/);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('a process that has gone is left alone', async () => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await once(child, 'exit');
  assert(child.pid !== undefined);
  await stepBack(child.pid, 7);
});
