/** An order as a message: amounts are decimals in major units, as text. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { formatDecimal } from '@eventstream/contracts';
import type { OrderSchema } from '@eventstream/contracts/orders';
import type { OrderView } from '@eventstream/read-model';

/** The order as a message. */
export function orderMessage(order: OrderView): MessageInitShape<typeof OrderSchema> {
  const { currency } = order.amount;
  return {
    orderId: order.orderId,
    customerId: order.customerId,
    restaurantId: order.restaurantId,
    orderItems: order.items.map((item) => ({
      code: item.code,
      name: item.name,
      unitPrice: formatDecimal({ minor: item.unitPriceMinor, currency }),
      quantity: item.quantity,
    })),
    amount: formatDecimal(order.amount),
    currency,
    status: order.status,
    createdOn: order.createdOn,
    reason: order.reason ?? '',
    revision: BigInt(order.revision),
  };
}
