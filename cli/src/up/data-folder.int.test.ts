import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createDataFolder, dataFolder } from './data-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'eventstream-data-'));
after(() => rmSync(root, { recursive: true, force: true }));

const main = join(import.meta.dirname, '..', 'main.ts');

/** What a start on this folder says; ended when it hangs. */
function start(dataDir: string) {
  const args = [main, 'up', '--ports', 'auto', '--data-dir', dataDir];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' });
}

describe('a data folder', () => {
  test('is made with the folders above it, and may be there already', () => {
    const folder = dataFolder(join(root, 'some', 'where'));
    createDataFolder(folder);
    createDataFolder(folder);
    assert.equal(statSync(folder.logs).mode & 0o777, 0o700);
  });

  test('that is a file, or is in one, is refused in a sentence that says what to do', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      const { status, stderr } = start(path);
      assert.match(stderr, /^eventstream: .* cannot be the data folder: .*\.\nName a folder .* with --data-dir\.\n$/);
      assert.equal(status, 1);
    }
  });

  test('where nobody can make one is refused, not tried for ever', { skip: !existsSync('/proc/self') }, () => {
    const { status, stderr } = start('/proc/eventstream/below');
    assert.match(stderr, /^eventstream: .* cannot be the data folder: ENOENT/);
    assert.equal(status, 1);
  });
});
