import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusText } from './show-status.ts';
import type { SystemStatus } from './system-status.ts';

const width = 80;
const well = { name: 'eventstoresvc', state: 'ready', pid: 7, restarts: 0, addresses: [], troubles: [] };

function statusOf(...processes: SystemStatus['processes']): SystemStatus {
  return { healthy: true, processes, numbers: [] };
}

test('says that nothing lags where all answer, and not of what does not answer', () => {
  const silent = { ...well, state: 'notReady', troubles: [{ name: '', reason: 'does not answer' }] };
  assert.match(statusText(statusOf(well), width), /Nothing lags and nothing is stuck\.$/);
  const text = statusText(statusOf(well, silent), width);
  assert.doesNotMatch(text, /Nothing lags/);
  assert.match(text, /eventstoresvc: does not answer\n {4}→ see what it wrote: `npx eventstream logs eventstoresvc`$/);
});

test('says what others wait for once, with who they are, and of which version a server is', () => {
  const failing = { troubles: [{ name: 'workersdb', reason: 'no answer within 2000 ms' }] };
  const text = statusText(
    statusOf(
      { ...well, name: 'postgres', version: '18.4', state: 'notReady', reason: 'no answer in time' },
      { ...well, name: 'reviewworker', state: 'notReady', ...failing },
    ),
    width,
  );
  assert.match(text, /^postgres 18\.4 +notReady/m);
  assert.match(
    text,
    /To look at:\n {2}postgres: no answer in time\n {4}→ see what it wrote: `npx eventstream logs postgres`\n {4}waiting for it: reviewworker$/,
  );
});
