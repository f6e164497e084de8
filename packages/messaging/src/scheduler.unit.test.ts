import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemScheduler, waitFor } from './scheduler.ts';

const hourMs = 3_600_000;

test('the time of the machine’s scheduler does not jump when its clock is set (simulated world 20320)', async (context) => {
  const wall = Date.now();
  const before = systemScheduler.nowMs();
  assert.ok(Math.abs(before - wall) < hourMs, 'it began where the clock was');
  context.mock.method(Date, 'now', () => wall - hourMs);
  await waitFor(systemScheduler, 20);
  const passedMs = systemScheduler.nowMs() - before;
  assert.ok(passedMs >= 15 && passedMs < 60_000, `${passedMs} ms have passed`);
});
