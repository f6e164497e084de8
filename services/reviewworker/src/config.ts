/** The review worker's settings. */
import { databases, eventStoreAddress, natsUrl } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  EVENTSTORE_ADDRESS: eventStoreAddress,
  NATS_URL: natsUrl,
  WORKERSDB_URL: databases.WORKERSDB_URL,
  REVIEW_APPROVE_UP_TO: Type.String({
    description:
      "The policy approves up to and including this amount, in major units of the order's own currency; above it a person decides",
    default: '1000.00',
    pattern: '^[0-9]{1,13}(\\.[0-9]{1,4})?$',
  }),
  REVIEW_REJECTED_ITEM_CODES: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    description: 'An order with one of these item codes is rejected',
    default: ['test-reject'],
    maxItems: 1000,
  }),
});
