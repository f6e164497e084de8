import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readLines } from './logs.ts';

const folder = mkdtempSync(join(tmpdir(), 'eventstream-logs-'));
after(() => rmSync(folder, { recursive: true }));

describe('a log that is followed', () => {
  test('goes on where it was read to, whatever is in its lines, and without half a line', async () => {
    const file = join(folder, 'odd.log');
    const read: string[] = [];
    writeFileSync(file, Buffer.concat([Buffer.from('one\rline\nand\u2028one\n'), Buffer.from([0xff, 0xfe, 0x0a])]));
    let position = await readLines(file, 0, (line) => read.push(line));
    appendFileSync(file, 'half a ');
    position = await readLines(file, position, (line) => read.push(line));
    appendFileSync(file, 'line\n');
    await readLines(file, position, (line) => read.push(line));
    assert.deepEqual(read, ['one\rline', 'and\u2028one', '\ufffd\ufffd', 'half a line']);
  });
});
