import { orderModelContract } from '@eventstream/testing/contracts';
import { memoryOrderModel } from './index.ts';

orderModelContract({
  name: 'memory',
  open: async () => {
    const { sink, queries } = memoryOrderModel();
    return { sinks: [sink, sink], queries };
  },
});
