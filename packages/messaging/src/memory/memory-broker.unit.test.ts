import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { logName } from '@eventstream/contracts';
import { systemScheduler } from '@eventstream/platform/scheduler';
import { Inbox, messagingContract, newIncarnation, recordedEvents } from '@eventstream/testing/contracts';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import { MemoryBroker } from './memory-broker.ts';

messagingContract({
  name: 'memory',
  open: async (options) => {
    const broker = new MemoryBroker({ scheduler: systemScheduler, ...options });
    const log = logName(`T${randomUUID().slice(0, 8).toUpperCase()}`);
    const { copy, source, hearsay } = { copy: broker.copyOf(log), source: broker.source(), hearsay: broker.hearsay() };
    return { log, copy, source, hearsay, close: async () => {} };
  },
});

test('a stopped consumer leaves no timer running that would keep its process alive, whatever it had in hand', async () => {
  const time = new VirtualTime();
  const broker = new MemoryBroker({ scheduler: time });
  const log = logName('T');
  const copy = broker.copyOf(log);
  const life = newIncarnation();
  const inbox = await Inbox.open(broker.source(), { name: 'left', log }, () => {});
  await Promise.all([copy.create(life), time.advance(1)]);
  await Promise.all([copy.publish(recordedEvents(log, { count: 3 }), life), time.advance(1)]);
  assert.deepEqual(inbox.positions, [1, 2, 3]);
  assert.equal(time.timers, 3);
  await inbox.consumer.stop();
  inbox.deliveries[0]?.retry(1_000);
  await time.advance(1);
  assert.equal(time.timers, 0);
});
