import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { systemScheduler } from './scheduler.ts';

const hourMs = 3_600_000;

test('the time of the machine’s scheduler does not jump when its clock is set (simulated world 20320)', async (context) => {
  const wall = Date.now();
  const before = systemScheduler.nowMs();
  assert.ok(Math.abs(before - wall) < hourMs, 'it began where the clock was');
  context.mock.method(Date, 'now', () => wall - hourMs);
  const passedMs = await eventually(
    () => systemScheduler.nowMs() - before,
    (ms) => ms >= 15,
  );
  assert.ok(passedMs < 60_000, `${passedMs} ms have passed`);
});
