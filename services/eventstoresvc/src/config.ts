/** Every setting of the event store. */
import { Count, Duration } from '@eventstream/platform';
import { databases, defaultCurrency, natsUrl, port, streamSettings } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';

/** The settings, named as in the environment. */
export const settings = Type.Object({
  EVENTSTOREDB_URL: databases.EVENTSTOREDB_URL,
  NATS_URL: natsUrl,
  GRPC_PORT: port(50051, 'Port of the event store, both its own API and the seed’s'),
  DEFAULT_CURRENCY: defaultCurrency,
  SQL_CONNECTIONS: Count({
    default: 8,
    maximum: 200,
    description: 'Connections to the database, beside the one for commits',
  }),
  QUEUED_WRITES: Count({
    default: 4096,
    maximum: 100_000,
    description: 'Writes that may wait for their commit; the next one is refused at once',
  }),
  QUEUED_BYTES: Count({
    default: 32 * 1024 * 1024,
    maximum: 1024 * 1024 * 1024,
    description: 'Bytes of data and metadata that may wait for their commit',
  }),
  WRITES_PER_STREAM: Count({
    default: 2000,
    maximum: 100_000,
    description: 'Writes of one AppendMany stream that may be without an answer before reading from it stops',
  }),
  ...streamSettings,
  APPEND_WITHIN: Duration({
    default: '5s',
    minimum: '100ms',
    maximum: '60s',
    description: 'A write that is not stored by then is given up as unknown',
  }),
});
