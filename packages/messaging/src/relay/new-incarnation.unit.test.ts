import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logName } from '@eventstream/contracts';
import { systemScheduler } from '@eventstream/platform/scheduler';
import { MemoryBroker } from '../memory/index.ts';
import { beginNewIncarnation } from './new-incarnation.ts';

test('a log whose place at the broker is somebody else’s begins no new life: it would be one without a copy', async () => {
  const log = logName('ORDERS');
  const broker = new MemoryBroker({ scheduler: systemScheduler });
  broker.occupy(log, 'stream X');
  const store = { changeIncarnation: () => assert.fail('the log has begun another life') };
  await assert.rejects(beginNewIncarnation({ log, store, copy: broker.copyOf(log) }), { code: 'stream_foreign' });
});
