/** An order as clients see it, folded from the store: the truth, for when the read model is not enough. */
import { type OrderId, orderStream, ordersLog } from '@eventstream/contracts';
import { type EventReader, loadStream } from '@eventstream/event-store';
import { foldRecorded } from '@eventstream/orders';
import { type OrderView, orderViewOf } from '@eventstream/read-model';
import { Problem } from '@eventstream/service-kit';
import { orderProblems } from './problems.ts';

/** The order, or undefined when nothing is recorded of it. */
export async function loadOrderView(reader: EventReader, id: OrderId): Promise<OrderView | undefined> {
  const events = await loadStream(reader, ordersLog, orderStream(id));
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const { order } = foldRecorded(events);
  return order.status === 'none' ? undefined : orderViewOf(order, last);
}

/** The problem of an order nobody placed. */
export function orderNotFound(id: OrderId): Problem {
  return new Problem(orderProblems.orderNotFound, `no order ${id} was ever placed here`);
}
