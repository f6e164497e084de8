/** The saga coordinator's settings. */
import { orderEventTypes } from '@eventstream/contracts';
import { Duration } from '@eventstream/platform';
import { databases, eventStoreAddress, natsUrl, paymentWithin, reviewWithin } from '@eventstream/service-kit/settings';
import { consumerName } from '@eventstream/worker';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  EVENTSTORE_ADDRESS: eventStoreAddress,
  NATS_URL: natsUrl,
  WORKERSDB_URL: databases.WORKERSDB_URL,
  PAYMENT_WITHIN: paymentWithin,
  REVIEW_WITHIN: reviewWithin,
  PAYMENT_CONSUMER: Type.String({
    description:
      'Consumer that takes payments: while it is behind, no payment deadline is judged. Name another when another worker does this step; a name that nobody has waits for nobody',
    default: consumerName('paymentworker', orderEventTypes.created),
    minLength: 1,
    maxLength: 100,
  }),
  REVIEW_CONSUMER: Type.String({
    description: 'The same for reviews',
    default: consumerName('reviewworker', orderEventTypes.paymentDebited),
    minLength: 1,
    maxLength: 100,
  }),
  DEADLINE_SETTLE: Duration({
    description: 'Everybody must have kept up with the log for this long before a deadline is judged',
    default: '2s',
    minimum: '1ms',
    maximum: '10m',
  }),
  UNDO_STUCK_AFTER: Duration({
    description: 'An undo that was asked for and is not done after this long is shown as stuck; it is still waited for',
    default: '5m',
    minimum: '100ms',
  }),
  SAGAS_KEPT: Duration({
    description: 'How long the row of an ended saga is kept; the log keeps its events for ever',
    default: '30d',
    minimum: '1m',
    maximum: '3650d',
  }),
});
