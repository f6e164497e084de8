import { randomUUID } from 'node:crypto';
import { logName } from '@eventstream/contracts';
import { messagingContract } from '@eventstream/testing/contracts';
import { systemScheduler } from '../scheduler.ts';
import { MemoryBroker } from './memory-broker.ts';

messagingContract({
  name: 'memory',
  open: async (options) => {
    const broker = new MemoryBroker({ scheduler: systemScheduler, ...options });
    const log = logName(`T${randomUUID().slice(0, 8).toUpperCase()}`);
    return { log, copy: broker.copyOf(log), source: broker.source(), close: async () => {} };
  },
});
