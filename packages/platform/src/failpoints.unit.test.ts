import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { armFailpoints, failpoint } from './failpoints.ts';

const here = { process: 'tested', isLoopback: true };

describe('failpoints', () => {
  afterEach(() => armFailpoints(undefined, here));

  test('are inert while FAILPOINTS is not set', () => {
    armFailpoints('', here);
    failpoint('append.afterCommit'); // else this process would not live to end the test
  });

  test('are refused where others can reach the process, and only when there are any', () => {
    const elsewhere = { process: 'tested', isLoopback: false };
    armFailpoints(undefined, elsewhere);
    assert.throws(() => armFailpoints('append.afterCommit:kill', elsewhere), { code: 'failpoints_refused' });
    assert.throws(() => armFailpoints('folder:/tmp', elsewhere), { code: 'failpoints_refused' });
    failpoint('append.afterCommit');
  });

  test('are inert again when the order was taken back from the folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'eventstream-failpoints-'));
    const order = join(folder, here.process);
    writeFileSync(order, 'append.afterCommit:kill');
    armFailpoints(`folder:${folder}`, here);
    rmSync(order);
    failpoint('append.afterCommit'); // has not looked again since
    rmSync(folder, { recursive: true });
  });

  for (const wrong of [
    'append.afterCommit',
    'append.afterCommit:sleep',
    'append.afterCommit:kill@0',
    'kill',
    'folder:here',
  ])
    test(`refuse "${wrong}", which would never happen`, () => {
      assert.throws(() => armFailpoints(wrong, here), { code: 'failpoints_invalid' });
    });
});
