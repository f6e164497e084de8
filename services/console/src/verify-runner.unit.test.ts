import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, systemClock } from '@eventstream/platform';
import { isProblem } from '@eventstream/service-kit';
import { VerifyRunner } from './verify-runner.ts';

test('a verification that cannot be opened is over, says why, and lets another one begin', async () => {
  const runner = new VerifyRunner({
    open: async () => {
      throw new Error('there is no address');
    },
    clock: systemClock,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  for (const by of ['anna', 'bert']) {
    const begun = await runner.start(by);
    assert(isProblem(begun));
    assert.match(begun.detail, /there is no address/);
    assert.equal(runner.state.running, null);
  }
});
