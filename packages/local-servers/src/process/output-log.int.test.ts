import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { openOutputLog } from './output-log.ts';

test('the log of a child goes on once its file can be written again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'output-log-'));
  const file = join(folder, 'child.log');
  await mkdir(file); // nothing can be written to a folder, as nothing can to a disk that is full
  const failed = Promise.withResolvers<void>();
  let nowMs = 0;
  const log = openOutputLog(file, () => {
    failed.resolve();
    return nowMs;
  });
  const output = new PassThrough();
  log.collect(output);
  const says = async (line: string) => {
    const heard = once(output, 'data');
    output.write(line);
    await heard;
  };
  await failed.promise;
  await says('while it cannot\n');
  await rmdir(file);
  await says('too soon to look again\n');
  nowMs = 60_000;
  await says('once it can\n');
  await log.close();
  assert.equal(await readFile(file, 'utf8'), 'once it can\n');
  assert.match(log.tail(), /^while it cannot\n/);
  await rm(folder, { recursive: true });
});

test('the last lines are those of this run, not of one that ended before', async () => {
  const log = openOutputLog(undefined);
  const says = async (line: string) => {
    const output = new PassThrough();
    log.collect(output);
    const heard = once(output, 'data');
    output.write(line);
    await heard;
  };
  await says('no answer from the broker\n');
  log.beginRun();
  await says('ready\n');
  assert.equal(log.tail(), 'ready');
  await log.close();
});
