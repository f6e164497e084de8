/** Orders by status and money by currency, over the whole read model: one statement that reads every order. */
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration } from '@eventstream/read-model/sql';

/** Orders that are alike in these. */
export interface OrderCount {
  readonly status: string;
  readonly payment: string;
  readonly currency: string;
  readonly orders: number;
  /** What was taken, whether or not it was given back since. */
  readonly debitedMinor: bigint;
}

/** A count that takes longer is given up; the one before stays shown. */
const countMs = 4_000;

/** Counts; at most a few dozen lines. */
export async function countOrders(sql: Sql): Promise<readonly OrderCount[]> {
  const live = await findLiveGeneration(sql);
  if (live === undefined) return [];
  const rows = await sql.transaction((tx) =>
    tx.query<{ status: string; payment: string; currency: string; orders: bigint; debited: string }>(
      {
        text: `select status, payment, currency, count(*) as orders, sum(debited_minor)::text as debited from orders
               where generation = $1 group by status, payment, currency`,
        timeoutMs: countMs,
      },
      [live.generation],
    ),
  );
  return rows.map(({ status, payment, currency, orders, debited }) => ({
    status,
    payment,
    currency,
    orders: Number(orders),
    debitedMinor: BigInt(debited),
  }));
}
