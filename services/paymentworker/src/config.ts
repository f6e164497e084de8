/** The payment worker's settings. */
import { Duration } from '@eventstream/platform';
import { databases, eventStoreAddress, gatewayUrl, natsUrl, reviewWithin } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  EVENTSTORE_ADDRESS: eventStoreAddress,
  NATS_URL: natsUrl,
  WORKERSDB_URL: databases.WORKERSDB_URL,
  GATEWAY_URL: gatewayUrl,
  GATEWAY_TIMEOUT: Duration({
    description: 'After this long without an answer from the gateway the outcome counts as unknown',
    default: '5s',
    minimum: '50ms',
    maximum: '1m',
  }),
  PAYMENT_RETRY: Duration({
    description: 'How long to wait before the gateway is asked again about an unknown outcome',
    default: '500ms',
    minimum: '10ms',
    maximum: '10m',
  }),
  REVIEW_WITHIN: reviewWithin,
});
