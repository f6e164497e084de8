import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const program = join(import.meta.dirname, 'testdata', 'says-result.ts');
/** A disk without room. Only Linux has it. */
const fullDisk = '/dev/full';

/** How the program ends that would end with this code, one of its streams going to a full disk. */
function endsOnFullDisk(stream: 'stdout' | 'stderr', exitCode: number) {
  const full = openSync(fullDisk, 'w');
  try {
    const stdio = stream === 'stdout' ? (['ignore', full, 'pipe'] as const) : (['ignore', 'pipe', full] as const);
    return spawnSync(process.execPath, [program, String(exitCode)], { encoding: 'utf8', stdio: [...stdio] });
  } finally {
    closeSync(full);
  }
}

describe('a command whose output goes to a full disk', { skip: !existsSync(fullDisk) }, () => {
  test('says so in a sentence, and ends as one that could not do its work', () => {
    const { status, stderr } = endsOnFullDisk('stdout', 0);
    assert.match(
      stderr,
      /^under way\neventstream: The result could not be written: ENOSPC.*\.\nSend it elsewhere.*\n$/,
    );
    assert.equal(status, 2);
  });

  test('keeps the exit code of what it found, when that is no good news', () => {
    assert.equal(endsOnFullDisk('stdout', 1).status, 1);
  });

  test('goes on when only what it says beside its result is lost', () => {
    const { status, stdout } = endsOnFullDisk('stderr', 0);
    assert.deepEqual([status, stdout], [0, 'the result\n']);
  });
});
