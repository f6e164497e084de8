/** The projector's settings. */
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
  ORDERSDB_URL: Url({ description: 'Database of the read model', schemes: ['postgres', 'postgresql'] }),
});
