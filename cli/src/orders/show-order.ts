/** Orders as text for people. */
import { formatDecimal, isCurrency } from '@eventstream/contracts';
import { plainTable } from '../terminal/table.ts';
import type { OrderJson } from './order-shapes.ts';

/** An exact amount with its currency: `19.90 EUR`. */
export function showAmount(minor: string, currency: string): string {
  return isCurrency(currency)
    ? `${formatDecimal({ minor: BigInt(minor), currency })} ${currency}`
    : `${minor} ${currency}`;
}

/** The status, with the reason when there is one. */
export function showStatus({ status, reason }: Pick<OrderJson, 'status' | 'reason'>): string {
  return reason === undefined ? status : `${status} (${reason})`;
}

/** A table of orders, newest first as they came. */
export function orderTable(orders: readonly OrderJson[], width?: number): string {
  const rows = orders.map((order) => [
    order.order_id,
    showStatus(order),
    showAmount(order.amount_minor, order.currency),
    order.customer_id,
    order.created_on,
  ]);
  return plainTable(['order', 'status', 'amount', 'customer', 'created'], rows, width);
}

/** One order with everything it holds. */
export function orderDetails(order: OrderJson): string {
  const items = order.order_items.map((item) => [
    String(item.quantity),
    item.code,
    item.name,
    showAmount(item.unit_price_minor, order.currency),
  ]);
  const facts = [
    ['order', order.order_id],
    ['status', showStatus(order)],
    ['amount', showAmount(order.amount_minor, order.currency)],
    ['customer', order.customer_id],
    ['restaurant', order.restaurant_id],
    ['created', order.created_on],
    ['revision', String(order.revision)],
  ];
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(12)}${value}`);
  return [...lines, '', plainTable(['quantity', 'code', 'item', 'price'], items)].join('\n');
}
