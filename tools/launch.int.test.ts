import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const launcher = join(root, 'tools', 'launch.mjs');

function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe('the launcher', () => {
  test('runs the command line on Node 24 and ends with its exit code', () => {
    assert.match(launch(['--help']).stdout, /Usage: eventstream/);
    assert.equal(launch(['no-such-command']).status, 1);
  });

  test('says how to write a flag that npm kept for itself', () => {
    const { stderr, status } = launch(['up'], { npm_lifecycle_event: 'start', npm_config_reset: 'true' });
    assert.equal(
      stderr,
      'npm kept the flag --reset for itself. Flags for eventstream follow two dashes: npm start -- --reset\n',
    );
    assert.equal(status, 1);
    const other = launch(['logs'], { npm_lifecycle_event: 'eventstream', npm_config_data_dir: 'x' });
    assert.match(other.stderr, /npm run eventstream -- --data-dir/);
  });
});
