import { incarnation } from '@eventstream/contracts';
import { newId, systemClock } from '@eventstream/platform';
import { eventStoreContract } from '@eventstream/testing/contracts';
import { memoryEventStore } from './memory-event-store.ts';

eventStoreContract({
  name: 'in memory',
  open: async (options) =>
    memoryEventStore({ ...options, clock: systemClock, newIncarnation: () => incarnation(newId()) }),
});
