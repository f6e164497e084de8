/** The payment worker's settings. */
import { Duration, Url } from '@eventstream/platform';
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
  GATEWAY_URL: Url({
    description: 'The payment gateway',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:3001',
  }),
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
  REVIEW_WITHIN: Duration({
    description: 'How long a review may take; noted with each debit, which starts the review',
    default: '24h',
    minimum: '100ms',
  }),
});
