/** What the log has of each order, read from the table itself, past every service. */
import { type OrderId, orderIdOf, ordersLog, streamName } from '@eventstream/contracts';
import type { Postgres } from '../stage/postgres.ts';

/** Types of an order's events in their order, without the log's name: `created`, `paymentdebited` … */
export type StoredOrders = ReadonlyMap<OrderId, readonly string[]>;

const pageRows = 10_000;

/** Reads all of it. */
export function readStoredOrders(postgres: Postgres): Promise<StoredOrders> {
  return postgres.asAdmin('eventstoredb', async (sql) => {
    const orders = new Map<OrderId, string[]>();
    for (let after = 0n; ; ) {
      const rows = await sql.query<{ position: bigint; stream: string; type: string }>(
        'select position, stream, type from events where log = $1 and position > $2 order by position limit $3',
        [ordersLog, after, pageRows],
      );
      for (const { stream, type } of rows) {
        const id = orderIdOf(streamName(stream));
        if (id === undefined) continue;
        const types = orders.get(id) ?? [];
        types.push(type.replace(`${ordersLog}.`, ''));
        orders.set(id, types);
      }
      const last = rows.at(-1);
      if (last === undefined) return orders;
      after = last.position;
    }
  });
}
