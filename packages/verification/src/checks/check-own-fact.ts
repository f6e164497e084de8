/**
 * Holds a fact that one of our services recorded against what that service always does. The rules of an order's life ask
 * it of nobody: another program may price an order otherwise, and name whom it likes as the one who paid. Pure.
 */
import { metadataKeys, type OrderCreated, type OrderEvent, type RecordedEvent } from '@eventstream/contracts';
import { type Order, priceOrder } from '@eventstream/domain';
import type { Differs } from '../findings.ts';

/** `before`: the order that the fact follows. */
export function checkOwnFact(fact: OrderEvent, event: RecordedEvent, before: Order, differs: Differs): void {
  if (fact.kind === 'created') checkPrice(fact, differs);
  else if (fact.kind === 'paymentDebited' && before.status !== 'none' && isOfPaymentWorker(event)) {
    const { customerId } = before.details;
    if (fact.customerId !== customerId)
      differs('money', `the log says that ${fact.customerId} paid for an order of ${customerId}`);
  }
}

/** Only ordersvc writes down a request's hash, and it asks for the price of the items and nothing else. */
function checkPrice({ requestHash, items, amount }: OrderCreated, differs: Differs): void {
  if (requestHash === '') return;
  const priced = priceOrder(items, amount.currency);
  if (priced.kind === 'too-large') differs('money', "the order's items cost more than any order may");
  else if (priced.amount.minor !== amount.minor)
    differs('money', `the order is of ${amount.minor}; its items cost ${priced.amount.minor}`);
}

function isOfPaymentWorker({ metadata }: RecordedEvent): boolean {
  return metadata[metadataKeys.actor] === 'paymentworker';
}
