/** Orders and their events as the JSON that clients read; the seed's fields, with exact amounts beside them. */
import { type RecordedEvent, toMajorNumber } from '@eventstream/contracts';
import type { OrderView } from '@eventstream/read-model';
import { positionToken } from '../position-token.ts';
import type { EventReply, OrderReply } from './schemas.ts';

/** An order as it is answered. */
export function orderJson(order: OrderView): OrderReply {
  const { currency } = order.amount;
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    restaurant_id: order.restaurantId,
    order_items: order.items.map((item) => ({
      code: item.code,
      name: item.name,
      unit_price: toMajorNumber({ minor: item.unitPriceMinor, currency }),
      unit_price_minor: String(item.unitPriceMinor),
      quantity: item.quantity,
    })),
    amount: toMajorNumber(order.amount),
    amount_minor: String(order.amount.minor),
    currency,
    status: order.status,
    ...(order.reason === undefined ? {} : { reason: order.reason }),
    created_on: order.createdOn,
    revision: order.revision,
  };
}

const fromUtf8 = new TextDecoder();

/** An event as it is answered. Data that is not JSON (another program wrote it) is answered as text. */
export function eventJson(event: RecordedEvent): EventReply {
  return {
    event_id: event.id,
    type: event.type,
    revision: event.revision,
    position: positionToken(event.position),
    recorded_at: new Date(event.recordedAtMs).toISOString(),
    data: readData(fromUtf8.decode(event.data)),
    metadata: { ...event.metadata },
  };
}

function readData(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}
