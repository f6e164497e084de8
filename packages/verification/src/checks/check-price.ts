/**
 * Holds the amount of an order that ordersvc created against what its items cost. The rules of an order's life ask that
 * of nobody: another program may price an order otherwise. Pure.
 */
import type { OrderCreated } from '@eventstream/contracts';
import { priceOrder } from '@eventstream/domain';
import type { Differs } from '../findings.ts';

/** Only ordersvc writes down a request's hash, and it asks for the price of the items and nothing else. */
export function checkPrice({ requestHash, items, amount }: OrderCreated, differs: Differs): void {
  if (requestHash === '') return;
  const priced = priceOrder(items, amount.currency);
  if (priced.kind === 'too-large') differs('money', "the order's items cost more than any order may");
  else if (priced.amount.minor !== amount.minor)
    differs('money', `the order is of ${amount.minor}; its items cost ${priced.amount.minor}`);
}
