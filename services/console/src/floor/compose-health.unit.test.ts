import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeHealth } from './compose-health.ts';
import { lookOf, processLook } from './look.fixture.ts';

test('an event loop is as late as it was looked at late, and never early', () => {
  const shown = (p99Seconds: number) => {
    const metrics = `nodejs_eventloop_lag_p99_seconds ${p99Seconds}`;
    const now = lookOf({ processes: [processLook('ordersvc', { metrics })] });
    const health = composeHealth({
      before: undefined,
      now,
      about: new Map(),
      databases: [],
      broker: undefined,
      bounds: [],
    });
    return health.processes.find(({ name }) => name === 'ordersvc')?.eventLoopP99Ms;
  };
  assert.deepEqual([0.0999, 0.1, 0.1125].map(shown), [0, 0, 12.5]);
});
