import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consumerLook } from './states.ts';

test('a consumer is not said to work while its process cannot', () => {
  const wordOf = (process: Parameters<typeof consumerLook>[1], isPaused = false): string =>
    consumerLook({ isHalted: false, isPaused }, process).word;
  assert.deepEqual([wordOf('ready'), wordOf('degraded'), wordOf('ready', true)], ['Works', 'Works', 'Paused']);
  assert.deepEqual([wordOf('notReady'), wordOf('unreachable')], ['Not ready', 'Unreachable']);
});
