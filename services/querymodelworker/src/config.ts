/** The projector's settings. */
import { databases, eventStoreAddress, natsUrl } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  EVENTSTORE_ADDRESS: eventStoreAddress,
  NATS_URL: natsUrl,
  ORDERSDB_URL: databases.ORDERSDB_URL,
});
