/** An order whose first event can't be read: put into the log as the database's administrator, below the API and its checks. */
import { encodeOrderEvent, type OrderId, orderEventTypes, orderStream, ordersLog } from '@eventstream/contracts';
import { createLogger, newId } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { sampleOrder } from '@eventstream/testing/orders';

/** A damaged order, and how it is mended where it lies. */
export interface DamagedOrder {
  readonly orderId: OrderId;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Puts one into the log at this server; resolves when it is committed. */
export async function plantDamagedOrder(adminUrl: string): Promise<DamagedOrder> {
  const url = new URL(adminUrl);
  url.pathname = '/eventstoredb';
  const sql = openSql({
    url: url.href,
    applicationName: 'test',
    maxConnections: 1,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const order = sampleOrder();
  const stream = orderStream(order.orderId);
  const whole = Buffer.from(encodeOrderEvent(order.orderId, order));
  await sql.transaction(async (tx) => {
    const [head] = await tx.query<{ position: bigint }>(
      'update log_heads set position = position + 1 where log = $1 returning position',
      [ordersLog],
    );
    const metadata = JSON.stringify({ 'schema-version': '1', 'correlation-id': order.orderId });
    await tx.execute(
      `insert into events (log, position, stream, revision, event_id, type, data, metadata, recorded_at)
       values ($1, $2, $3, 1, $4, $5, $6, $7, now())`,
      [ordersLog, head?.position, stream, newId(), orderEventTypes.created, whole.subarray(1), metadata],
    );
  });
  return {
    orderId: order.orderId,
    mend: () =>
      sql.transaction(async (tx) => {
        await tx.execute('update events set data = $3 where log = $1 and stream = $2', [ordersLog, stream, whole]);
      }),
    close: () => sql.close(),
  };
}
