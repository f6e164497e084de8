import { workerLedgerContract } from '@eventstream/testing/contracts';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import { memoryWorkerLedger } from './memory-ledger.ts';

workerLedgerContract({
  name: 'in memory',
  open: async () => {
    const time = new VirtualTime();
    return { ...memoryWorkerLedger(time), pass: (ms) => time.advance(ms) };
  },
});
