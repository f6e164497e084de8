/** Orders from their rows. Every statement reads or marks many orders at once. */
import {
  type CancelReason,
  cancelReasons,
  isCurrency,
  type Money,
  type OrderId,
  type OrderItem,
  orderId,
  position,
  revision,
} from '@eventstream/contracts';
import { orderStatuses, type Payment, type PlacedOrder } from '@eventstream/domain';
import { CodedError } from '@eventstream/platform';
import type { SqlSession } from '@eventstream/platform/sql';
import type { FoldedOrder } from '../project-orders.ts';

/** A row of `orders`. */
export interface OrderRow {
  readonly orderid: string;
  readonly customerid: string;
  readonly restaurantid: string;
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly status: string;
  readonly reason: string | null;
  readonly createdon: string;
  readonly payment: string;
  readonly debited_minor: bigint;
  readonly revision: bigint;
  readonly position: bigint;
  readonly created_position: bigint;
  readonly stale: boolean;
  readonly items: readonly ItemOfRow[];
}

/** Code, name, unit price and quantity of a row of `orderitems`. The price as text: a number of JSON is not exact. */
type ItemOfRow = readonly [string, string, string, number];

/**
 * The columns of an order's row and its items, in the order of `OrderRow`, for a select from `orders`. Items come in
 * the same statement: before a second one a rebuild might have removed them.
 */
export const orderColumns = `orders.orderid, orders.customerid, orders.restaurantid, orders.amount_minor, orders.currency,
  orders.status, orders.reason, orders.createdon, orders.payment, orders.debited_minor, orders.revision, orders.position,
  orders.created_position, orders.stale, coalesce((
    select json_agg(json_build_array(i.code, i.name, i.unitprice_minor::text, i.quantity) order by i.line)
    from orderitems i where i.generation = orders.generation and i.orderid = orders.orderid), '[]') as items`;

const selectOrders = {
  name: 'orders-select',
  text: `select ${orderColumns} from orders where generation = $1 and orderid = any($2::uuid[])`,
};

/** An order as its row has it. A stale one waits for a redrive and is not folded on. */
export interface StoredOrder {
  readonly folded: FoldedOrder;
  readonly isStale: boolean;
}

/** Marks rows whose order is not followed any more, so that readers ask the store instead. */
export async function markStale(tx: SqlSession, generation: bigint, ids: readonly OrderId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute('update orders set stale = true where generation = $1 and orderid = any($2::uuid[])', [
    generation,
    ids,
  ]);
}

/** Reads orders with their items; those without a row are missing from the answer. */
export async function selectStored(
  session: SqlSession,
  generation: bigint,
  ids: readonly OrderId[],
): Promise<ReadonlyMap<OrderId, StoredOrder>> {
  if (ids.length === 0) return new Map();
  const rows = await session.query<OrderRow>(selectOrders, [generation, ids]);
  return new Map(rows.map((row) => [orderId(row.orderid), { folded: toFolded(row), isStale: row.stale }]));
}

/** A row as the fold it was written from, as far as folding on needs it. */
export function toFolded(row: OrderRow): FoldedOrder {
  return {
    order: toOrder(row),
    revision: revision(row.revision),
    position: position(row.position),
    createdPosition: position(row.created_position),
  };
}

function toOrder(row: OrderRow): PlacedOrder {
  const amount = moneyOf(row, row.amount_minor);
  const placed = {
    details: {
      kind: 'created' as const,
      orderId: orderId(row.orderid),
      customerId: row.customerid,
      restaurantId: row.restaurantid,
      items: row.items.map(toItem),
      amount,
      createdOn: row.createdon,
      requestHash: '',
    },
    payment: toPayment(row),
  };
  const status = orderStatuses.find((known) => known === row.status);
  switch (status) {
    case 'Pending':
    case 'PaymentDebited':
      return { ...placed, status };
    case 'InReview':
      return { ...placed, status, rule: '' };
    case 'Approved':
      return { ...placed, status, by: '' };
    case 'Cancelling':
      return { ...placed, status, reason: toReason(row), voidRequested: false };
    case 'Cancelled':
      return { ...placed, status, reason: toReason(row) };
    case undefined:
      throw damaged(row, `status ${row.status}`);
  }
}

function toItem([code, name, unitPriceMinor, quantity]: ItemOfRow): OrderItem {
  return { code, name, unitPriceMinor: BigInt(unitPriceMinor), quantity };
}

function toPayment(row: OrderRow): Payment {
  const debited = moneyOf(row, row.debited_minor);
  switch (row.payment) {
    case 'open':
      return { kind: 'open' };
    case 'debited':
      return { kind: 'debited', amount: debited, gatewayReference: null };
    case 'declined':
      return { kind: 'declined', code: '', message: '' };
    case 'closed':
      return { kind: 'closed', debited: debited.minor === 0n ? undefined : debited, voided: debited };
    default:
      throw damaged(row, `payment ${row.payment}`);
  }
}

function toReason(row: OrderRow): CancelReason {
  const reason = cancelReasons.find((known) => known === row.reason);
  if (!reason) throw damaged(row, `reason ${row.reason}`);
  return reason;
}

function moneyOf(row: OrderRow, minor: bigint): Money {
  if (!isCurrency(row.currency)) throw damaged(row, `currency ${row.currency}`);
  return { minor, currency: row.currency };
}

function damaged(row: OrderRow, what: string): CodedError {
  return new CodedError('read_model_damaged_row', `the row of order ${row.orderid} has an unknown ${what}`, {
    details: { order: row.orderid },
    nextStep: 'run `npx eventstream rebuild`',
  });
}
