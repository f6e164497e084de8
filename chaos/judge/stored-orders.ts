/** What the log has of each order, read from the table itself, past every service. */
import { metadataKeys, type OrderId, orderIdOf, ordersLog, streamName } from '@eventstream/contracts';
import type { Postgres } from '../stage/postgres.ts';

/** An event, as far as a client may have been told of it. */
export interface StoredEvent {
  /** Without the log's name: `created`, `paymentdebited` … */
  readonly type: string;
  /** A person wished it, and was told whether it was done. */
  readonly isByPerson: boolean;
}

/** Each order's events in their order. */
export type StoredOrders = ReadonlyMap<OrderId, readonly StoredEvent[]>;

const pageRows = 10_000;

interface Row {
  readonly position: bigint;
  readonly stream: string;
  readonly type: string;
  readonly actor: string;
}

/** Reads all of it. */
export function readStoredOrders(postgres: Postgres): Promise<StoredOrders> {
  return postgres.asAdmin('eventstoredb', async (sql) => {
    const orders = new Map<OrderId, StoredEvent[]>();
    for (let after = 0n; ; ) {
      const rows = await sql.query<Row>(
        `select position, stream, type, coalesce(metadata::jsonb ->> '${metadataKeys.actor}', '') as actor
         from events where log = $1 and position > $2 order by position limit $3`,
        [ordersLog, after, pageRows],
      );
      for (const { stream, type, actor } of rows) {
        const id = orderIdOf(streamName(stream));
        if (id === undefined) continue;
        const events = orders.get(id) ?? [];
        events.push({ type: type.replace(`${ordersLog}.`, ''), isByPerson: actor.startsWith('operator:') });
        orders.set(id, events);
      }
      const last = rows.at(-1);
      if (last === undefined) return orders;
      after = last.position;
    }
  });
}
