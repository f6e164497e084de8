import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { stdoutDestination } from './stdout-destination.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

test('a line is written whole, however little the pipe takes at once', () => {
  let written = '';
  const faults = ['EAGAIN', undefined, 'EAGAIN', undefined];
  const destination = stdoutDestination((bytes) => {
    const fault = faults.shift();
    if (fault !== undefined) throw failure(fault);
    const taken = bytes.subarray(0, 4);
    written += Buffer.from(taken).toString();
    return taken.length;
  });
  destination.write('a whole line\n');
  assert.equal(written, 'a whole line\n');
});

test('a pipe that nobody reads any more loses the line and nothing else', () => {
  let tries = 0;
  const destination = stdoutDestination(() => {
    tries += 1;
    throw failure('EPIPE');
  });
  destination.write('lost\n');
  assert.equal(tries, 1);
});

test('a process whose output nobody reads any more can log and end', async () => {
  const module = new URL('./logger.ts', import.meta.url).href;
  const script = `
    const { createLogger } = await import(${JSON.stringify(module)});
    const logger = createLogger({ service: 'test', level: 'info' });
    logger.info('first');
    process.stdin.once('data', () => { for (let n = 0; n < 5; n++) logger.fatal('nobody reads this'); process.exit(3); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.write('go');
  assert.deepEqual(await once(child, 'exit'), [3, null]);
});
