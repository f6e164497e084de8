/** Every setting of this service. */
import { type Currency, isCurrency } from '@eventstream/contracts';
import { CodedError, Duration, Url } from '@eventstream/platform';
import { Type } from 'typebox';

const count = (options: { default: number; maximum: number; description: string }) =>
  Type.Integer({ minimum: 1, ...options });
const port = (standard: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: standard, description: `${description}; 0 takes any free one` });

/** The settings, named as in the environment. */
export const ordersSettings = Type.Object({
  HTTP_PORT: port(3000, 'Port of the HTTP API'),
  ORDERS_GRPC_PORT: port(50052, 'Port of the gRPC API'),
  EVENTSTORE_ADDRESS: Type.String({ default: '127.0.0.1:50051', description: 'Address of eventstoresvc, host:port' }),
  ORDERSDB_URL: Url({
    schemes: ['postgres', 'postgresql'],
    description: 'Database of the read model, with a role that may only read it',
  }),
  DEFAULT_CURRENCY: Type.Refine(
    Type.String({
      default: 'USD',
      allowed: 'a currency code of ISO 4217',
      description: 'Currency of an order that names none',
    }),
    isCurrency,
    () => 'is not a currency of ISO 4217',
  ),
  PAYMENT_WITHIN: Duration({
    default: '5m',
    maximum: '30d',
    description: 'How long the payment of a new order may take',
  }),
  MAX_WRITES_IN_FLIGHT: count({
    default: 4000,
    maximum: 100_000,
    description: 'Orders placed, cancelled or reviewed at once; the next one is told to come back',
  }),
  MAX_READS_IN_FLIGHT: count({
    default: 4000,
    maximum: 100_000,
    description: 'Reads at once; the next one is told to come back',
  }),
  REQUESTS_PER_SECOND: count({
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
  MAX_EVENT_STREAMS: count({ default: 500, maximum: 10_000, description: 'Clients that follow an order at once' }),
});

/** The default currency, as a currency. The settings have been checked, so this does not fail. */
export function currencyOf(code: string): Currency {
  if (!isCurrency(code)) throw new CodedError('currency_unknown', `${code} is not a currency of ISO 4217`);
  return code;
}
