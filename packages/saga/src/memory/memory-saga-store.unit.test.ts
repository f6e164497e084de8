import { systemClock } from '@eventstream/platform';
import { sagaStoreContract } from '@eventstream/testing/contracts';
import { memorySagaStore } from './index.ts';

sagaStoreContract({
  name: 'memory',
  open: async () => {
    const store = memorySagaStore(systemClock);
    return [store, store];
  },
  nowMs: async () => systemClock.nowMs(),
});
