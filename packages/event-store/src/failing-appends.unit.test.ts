import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppendFailures, forgottenAfterMs } from './failing-appends.ts';

test('appends fail from the first failure to the next success, or until nobody tries any more', () => {
  let nowMs = 1_000;
  const failures = new AppendFailures({ nowMs: () => nowMs });
  const current = () => failures.current && [failures.current.sinceMs, failures.current.cause];
  assert.equal(current(), undefined);
  failures.failed(new Error('the table is locked'));
  nowMs += forgottenAfterMs - 1;
  failures.failed(new Error('the disk is full'));
  nowMs += forgottenAfterMs - 1;
  assert.deepEqual(current(), [1_000, 'the disk is full']);
  failures.succeeded();
  assert.equal(current(), undefined);
  failures.failed(new Error('the table is locked'));
  nowMs += forgottenAfterMs;
  assert.equal(current(), undefined);
  failures.failed(new Error('the table is locked'));
  assert.deepEqual(current(), [nowMs, 'the table is locked'], 'what was forgotten is not the beginning');
});
