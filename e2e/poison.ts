/**
 * Puts into the log what no program of ours would append: as the database's administrator, below the API and its checks,
 * with the head moved on as an append does it.
 */
import { encodeOrderEvent, type OrderId, orderEventTypes, orderStream, ordersLog } from '@eventstream/contracts';
import { createLogger, newId } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { sampleOrder } from '@eventstream/testing/orders';

/** One poisoned order. */
export interface Poison {
  readonly what: string;
  readonly orderId: OrderId;
  /** What a dead letter of it says. */
  readonly says: RegExp;
  /** Its first event can be read, so that its payment begins before the poison is met. */
  readonly isReadable: boolean;
}

const eightMegabytes = 8 * 1024 * 1024;

/** Plants one order of each kind in the log at this server; resolves when all of it is committed. */
export async function plantPoison(adminUrl: string): Promise<readonly Poison[]> {
  const sql = openAsAdministrator(adminUrl, 'eventstoredb');
  try {
    return [
      await plant(sql, 'bad JSON', /^\[contracts_malformed_event\].*not JSON/, (text) => [
        { data: text.replace(/\}$/, ',}') },
      ]),
      await plant(
        sql,
        'unknown schema version',
        /^\[contracts_unknown_event\].*schema version 2 is unknown/,
        (text) => [{ data: text, version: '2' }],
      ),
      await plant(sql, '8 MB payload', /^\[contracts_unknown_event\].*schema version 2 is unknown/, (text) => [
        { data: text.replace(/\}$/, `,"note":"${'x'.repeat(eightMegabytes)}"}`), version: '2' },
      ]),
      await plant(sql, 'unknown type', /^\[contracts_unknown_event\].*its type is not in the registry/, (text) => [
        { data: text },
        { data: '{}', type: `${ordersLog}.giftwrapped` },
      ]),
    ];
  } finally {
    await sql.close();
  }
}

/** A database at this server with every right, for what no role of ours may do. To be closed by the caller. */
export function openAsAdministrator(adminUrl: string, database: string): Sql {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const logger = createLogger({ service: 'test', level: 'silent' });
  return openSql({ url: url.href, applicationName: 'test', maxConnections: 2, logger });
}

interface Planted {
  readonly data: string;
  readonly version?: string;
  readonly type?: string;
}

async function plant(
  sql: Sql,
  what: string,
  says: RegExp,
  events: (created: string) => readonly Planted[],
): Promise<Poison> {
  const order = sampleOrder();
  const created = Buffer.from(encodeOrderEvent(order.orderId, order)).toString();
  const planted = events(created);
  await sql.transaction(async (tx) => {
    for (const [index, { data, version = '1', type = orderEventTypes.created }] of planted.entries()) {
      const [head] = await tx.query<{ position: bigint }>(
        'update log_heads set position = position + 1 where log = $1 returning position',
        [ordersLog],
      );
      const metadata = JSON.stringify({ 'schema-version': version, 'correlation-id': order.orderId });
      await tx.execute(
        `insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
        [ordersLog, head?.position, orderStream(order.orderId), index + 1, newId(), type, Buffer.from(data), metadata],
      );
    }
  });
  return { what, orderId: order.orderId, says, isReadable: planted.length > 1 };
}
