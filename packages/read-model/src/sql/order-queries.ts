/** The questions about orders, answered from the live generation of the read model. */
import { type Position, position } from '@eventstream/contracts';
import type { Sql } from '@eventstream/platform/sql';
import { type OrderQueries, type OrderView, orderViewOf, waitingStatuses } from '../order-queries.ts';
import { type OrderRow, orderColumns, toFolded } from './order-rows.ts';
import { projectionName } from './projections.ts';

const live = `from projections join orders on orders.generation = projections.generation
              where projections.name = '${projectionName}' and projections.state = 'live'`;

const selectOne = { name: 'order-get', text: `select ${orderColumns} ${live} and orders.orderid = $1` };
const selectCheckpoint = {
  name: 'order-checkpoint',
  text: `select position from projections where name = '${projectionName}' and state = 'live'`,
};

/** By the index of statuses, and no further than asked: of millions of orders it looks at those that wait. */
const countWaiting = {
  name: 'orders-waiting',
  text: `select count(*) as waiting from (select 1 ${live} and orders.status = any($1::text[]) limit $2) as found`,
};

/** Reads rows that another process writes. */
export function sqlOrderQueries(sql: Sql): OrderQueries {
  return {
    async get(id) {
      const [row] = await sql.query<OrderRow>(selectOne, [id]);
      return row && toView(row);
    },
    async list(filter) {
      // Each combination of filters is its own prepared statement, so that each uses its own index.
      const parts = ['true'];
      const values: unknown[] = [];
      const where = (condition: string, value: unknown): void => {
        values.push(value);
        parts.push(`${condition} $${values.length}`);
      };
      if (filter.customerId !== undefined) where('orders.customerid =', filter.customerId);
      if (filter.status !== undefined) where('orders.status =', filter.status);
      if (filter.before !== undefined) where('orders.created_position <', filter.before);
      values.push(filter.limit + 1);
      const text = `select ${orderColumns} ${live} and ${parts.join(' and ')}
                    order by orders.created_position desc limit $${values.length}`;
      const rows = await sql.query<OrderRow>(text, values);
      const page = rows.slice(0, filter.limit);
      const last = page.at(-1);
      return {
        orders: page.map(toView),
        next: rows.length > page.length && last ? position(last.created_position) : undefined,
      };
    },
    async checkpoint(): Promise<Position> {
      const rows = await sql.query<{ position: bigint }>(selectCheckpoint);
      return position(rows[0]?.position ?? 0n);
    },
    async waiting(most: number): Promise<number> {
      const [row] = await sql.query<{ waiting: bigint }>(countWaiting, [waitingStatuses, most]);
      return Number(row?.waiting ?? 0n);
    },
  };
}

function toView(row: OrderRow): OrderView {
  const folded = toFolded(row);
  return { ...orderViewOf(folded.order, folded), stale: row.stale };
}
