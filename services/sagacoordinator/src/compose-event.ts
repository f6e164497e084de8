/** What the coordinator writes into an order's stream for an action of its saga. */
import { encodeOrderEvent, orderIdOf } from '@eventstream/contracts';
import { fulfilmentEvent } from '@eventstream/domain';
import { factMetadata } from '@eventstream/orders';
import { CodedError } from '@eventstream/platform';
import type { Compose } from '@eventstream/saga';

/** The name under which the coordinator records. */
const actor = 'sagacoordinator';

/** Data and metadata of `paymentvoidrequested` and `cancelled`. Throws for a stream that is no order's. */
export const composeOrderEvent: Compose = (action, { row, cause }) => {
  const orderId = orderIdOf(row.stream);
  if (orderId === undefined)
    throw new CodedError('saga_not_an_order', `stream ${row.stream} is not an order's, yet a saga began in it`, {
      details: { stream: row.stream },
    });
  return {
    data: encodeOrderEvent(orderId, fulfilmentEvent(action)),
    metadata: factMetadata({ orderId, cause, actor }),
  };
};
