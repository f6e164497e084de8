/** The review worker's settings. */
import { Url } from '@eventstream/platform';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  EVENTSTORE_ADDRESS: Type.String({
    description: 'Where eventstoresvc answers gRPC, as host:port',
    default: '127.0.0.1:50051',
  }),
  NATS_URL: Url({
    description: 'The nats-server with JetStream',
    schemes: ['nats', 'tls'],
    default: 'nats://127.0.0.1:4222',
  }),
  WORKERSDB_URL: Url({
    description: 'Database of intents, dead letters, marks and sagas',
    schemes: ['postgres', 'postgresql'],
  }),
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
