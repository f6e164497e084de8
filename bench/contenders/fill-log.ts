/** Fills a log with whole lives of orders, as the product would have written them: created, paid, approved. */
import { noRevision, orderId, orderStream, ordersLog } from '@eventstream/contracts';
import type { EventAppender } from '@eventstream/event-store';
import { newId } from '@eventstream/platform';
import { eventOfFact, facts, sampleOrder } from '@eventstream/testing/orders';
import { check } from '../harness/contender.ts';

export const eventsPerOrder = 3;
const atOnce = 300;

/**
 * Appends this many orders. Paid elsewhere: by a program that our payment provider knows nothing of, so that its books and a
 * running system's log still agree.
 */
export async function fillLog(
  store: EventAppender,
  orders: number,
  paid: 'paid here' | 'paid elsewhere' = 'paid here',
): Promise<void> {
  const debit = paid === 'paid here' ? facts.debited : facts.debitedElsewhere;
  let begun = 0;
  const writer = async (): Promise<void> => {
    while (begun < orders) {
      begun += 1;
      const id = orderId(newId());
      const customerId = `customer-${begun % 1000}`;
      const outcome = await store.append({
        log: ordersLog,
        streams: [
          {
            stream: orderStream(id),
            expected: noRevision,
            events: [
              eventOfFact(id, sampleOrder({ orderId: id, customerId })),
              eventOfFact(id, { ...debit, customerId }),
              eventOfFact(id, facts.approved),
            ],
          },
        ],
      });
      check(outcome.kind === 'appended', `filling the log: ${outcome.kind}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
}
