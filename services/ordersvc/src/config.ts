/** Every setting of this service. */
import { Count, Duration } from '@eventstream/platform';
import { databases, defaultCurrency, eventStoreAddress, paymentWithin, port } from '@eventstream/service-kit/settings';
import { type Static, Type } from 'typebox';
import type { DoorLimits } from './doors.ts';

/** The settings, named as in the environment. */
export const ordersSettings = Type.Object({
  HTTP_PORT: port(3000, 'Port of the HTTP API'),
  HTTP_NAMES: Type.Optional(
    Type.Array(Type.String({ pattern: '^[a-z0-9.-]{1,253}$', allowed: 'a host name in lower case, without a port' }), {
      description:
        'Names by which the HTTP API is called beside 127.0.0.1 and localhost, such as that of a proxy before it',
    }),
  ),
  ORDERS_GRPC_PORT: port(50052, 'Port of the gRPC API'),
  EVENTSTORE_ADDRESS: eventStoreAddress,
  ORDERSDB_URL: databases.ORDERSDB_URL,
  DEFAULT_CURRENCY: defaultCurrency,
  PAYMENT_WITHIN: paymentWithin,
  MAX_WRITES_IN_FLIGHT: Count({
    default: 4000,
    maximum: 100_000,
    description: 'Orders placed, cancelled or reviewed at once; the next one is told to come back',
  }),
  WRITE_WAIT: Duration({
    default: '400ms',
    maximum: '10s',
    description:
      'How long a write may wait while more arrive than are answered; who would wait longer is told to come back',
  }),
  WRITE_BURST: Count({
    default: 2500,
    maximum: 100_000,
    description: 'Writes that are let in after a quiet moment, however long they wait',
  }),
  ORDERS_WAITING_MAX: Count({
    default: 20_000,
    maximum: 100_000_000,
    description: 'Orders that may wait to be paid and reviewed; a new one is then told to come back',
  }),
  MAX_READS_IN_FLIGHT: Count({
    default: 4000,
    maximum: 100_000,
    description: 'Reads at once; the next one is told to come back',
  }),
  REQUESTS_PER_SECOND: Count({
    default: 50_000,
    maximum: 1_000_000,
    description: 'Requests taken from one caller in a second, and at once after a pause',
  }),
  REQUEST_TIMEOUT: Duration({
    default: '10s',
    maximum: '60s',
    description: 'After this a caller is told to ask again',
  }),
  FRESH_WITHIN: Duration({
    default: '2s',
    maximum: '10s',
    description: 'How long a read waits for the read model to get to the position it names',
  }),
  // Each is a call on the one connection to the event store, which has room for 1,000: with no room left, nothing is read or written.
  MAX_EVENT_STREAMS: Count({ default: 500, maximum: 900, description: 'Clients that follow an order at once' }),
});

/** What goes through the doors, as it is set. */
export function doorLimits(settings: Static<typeof ordersSettings>): DoorLimits {
  return {
    writesInFlight: settings.MAX_WRITES_IN_FLIGHT,
    readsInFlight: settings.MAX_READS_IN_FLIGHT,
    writeWaitMs: settings.WRITE_WAIT,
    writeBurst: settings.WRITE_BURST,
    ordersWaitingMax: settings.ORDERS_WAITING_MAX,
  };
}
