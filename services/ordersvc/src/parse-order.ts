/** A new order's body as what it means: items with prices in minor units, and what they cost together. Pure. */
import { hash } from 'node:crypto';
import {
  type Currency,
  isCurrency,
  type Money,
  type MoneyFault,
  type OrderItem,
  parseDecimal,
} from '@eventstream/contracts';
import { priceOrder } from '@eventstream/domain';
import { Problem } from '@eventstream/service-kit';
import { orderProblems } from './problems.ts';
import type { PlaceOrderBody } from './requests.ts';

/** A new order that makes sense. */
export interface ParsedOrder {
  readonly customerId: string;
  readonly restaurantId: string;
  readonly items: readonly OrderItem[];
  readonly amount: Money;
  /** SHA-256 (hex) of all of the above: two requests that mean the same have the same, however they were written. */
  readonly requestHash: string;
}

/** Parses a body of the right shape, or names the field that makes no sense. */
export function parseOrder(body: PlaceOrderBody, defaultCurrency: Currency): ParsedOrder | Problem {
  const currency = body.currency ?? defaultCurrency;
  if (!isCurrency(currency)) return nonsense('/currency', `${currency} is not a currency of ISO 4217`);
  const items: OrderItem[] = [];
  for (const [index, item] of body.order_items.entries()) {
    const unitPriceMinor = parsePrice(item.unit_price, currency);
    if (typeof unitPriceMinor === 'string') return nonsense(`/order_items/${index}/unit_price`, unitPriceMinor);
    items.push({ code: item.code, name: item.name, unitPriceMinor, quantity: item.quantity });
  }
  const priced = priceOrder(items, currency);
  if (priced.kind === 'too-large')
    return nonsense(`/order_items/${priced.line}`, 'makes the order cost more than can be paid');
  if (priced.amount.minor === 0n) return nonsense('/order_items', 'cost nothing together: there is nothing to pay');
  const parsed = { customerId: body.customer_id, restaurantId: body.restaurant_id, items, amount: priced.amount };
  return { ...parsed, requestHash: hashOf(parsed) };
}

/** The price in minor units, or what is wrong with it. */
function parsePrice(text: string, currency: Currency): bigint | string {
  if (text.startsWith('-')) return 'must not be negative';
  const parsed = parseDecimal(text, currency);
  return typeof parsed === 'bigint' ? parsed : priceFault(parsed, currency);
}

function priceFault(fault: MoneyFault, currency: Currency): string {
  switch (fault) {
    case 'not-a-decimal':
      return 'must be a plain decimal such as 19.90, without an exponent';
    case 'too-many-decimals':
      return `has more decimals than ${currency} has`;
    case 'too-large':
      return 'is too large';
  }
}

function nonsense(pointer: string, detail: string): Problem {
  return new Problem(orderProblems.invalidOrder, `${pointer} ${detail}`, { faults: [{ in: 'body', pointer, detail }] });
}

function hashOf(order: Omit<ParsedOrder, 'requestHash'>): string {
  const canonical = [
    order.customerId,
    order.restaurantId,
    order.amount.currency,
    ...order.items.map((item) => [item.code, item.name, String(item.unitPriceMinor), item.quantity]),
  ];
  return hash('sha256', JSON.stringify(canonical), 'hex');
}
