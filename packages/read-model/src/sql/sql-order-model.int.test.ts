import { orderModelContract } from '@eventstream/testing/contracts';
import { sqlOrderQueries } from './order-queries.ts';
import { orderSink } from './order-sink.ts';
import { emptyReadModel } from './read-model.fixture.ts';

orderModelContract({
  name: 'sql',
  open: async () => {
    const sql = await emptyReadModel();
    return { sinks: [orderSink(sql), orderSink(sql)], queries: sqlOrderQueries(sql) };
  },
});
