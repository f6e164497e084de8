import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { CodedError } from '@eventstream/platform';
import { statusText } from '../up/show-status.ts';
import { nameCommandsWith, withDataDir } from './named-commands.ts';
import { report } from './report.ts';

describe('a command that a process names', () => {
  afterEach(() => nameCommandsWith(''));

  test('finds the system whose data is elsewhere, each of them', () => {
    nameCommandsWith(' --data-dir /srv/a');
    assert.equal(
      withDataDir('run `npx eventstream log import ORDERS`, or `npx eventstream up --reset`; see `status`'),
      'run `npx eventstream log import ORDERS --data-dir /srv/a`, or `npx eventstream up --reset --data-dir /srv/a`; see `status`',
    );
  });

  test('stays as it is where the data is in the usual folder', () =>
    assert.equal(withDataDir('see `npx eventstream status`'), 'see `npx eventstream status`'));

  test('is shown so by status', () => {
    nameCommandsWith(' --data-dir /srv/a');
    const troubles = [{ name: 'ordersdb', reason: 'no such table', nextStep: 'run `npx eventstream bootstrap`' }];
    const ordersvc = { name: 'ordersvc', state: 'notReady', restarts: 0, addresses: [], troubles };
    const text = statusText({ healthy: false, processes: [ordersvc], numbers: [] }, 80);
    assert.match(text, /run `npx eventstream bootstrap --data-dir \/srv\/a`/);
  });

  test('is shown so with an error', () => {
    nameCommandsWith(' --data-dir /srv/a');
    const write = mock.method(process.stderr, 'write', () => true);
    report(new CodedError('away', 'It is away.', { nextStep: 'See `npx eventstream status`.' }));
    const text = write.mock.calls.map((call) => String(call.arguments[0])).join('');
    write.mock.restore();
    assert.match(text, /See `npx eventstream status --data-dir \/srv\/a`\./);
  });
});
