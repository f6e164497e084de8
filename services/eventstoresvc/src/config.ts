/** Every setting of the event store. */
import { type Currency, isCurrency } from '@eventstream/contracts';
import { CodedError, Duration, Url } from '@eventstream/platform';
import { Type } from 'typebox';

const count = (options: { default: number; maximum: number; description: string }) =>
  Type.Integer({ minimum: 1, ...options });

/** The settings, named as in the environment. */
export const settings = Type.Object({
  EVENTSTOREDB_URL: Url({
    schemes: ['postgres', 'postgresql'],
    description: 'Database of the log, with a role that may append events and never change one',
  }),
  NATS_URL: Url({
    schemes: ['nats', 'tls'],
    default: 'nats://127.0.0.1:4222',
    description: 'The nats-server with JetStream that the relay publishes to',
  }),
  GRPC_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 50051,
    description: 'Port of the event store, both its own API and the seed’s; 0 takes any free one',
  }),
  DEFAULT_CURRENCY: Type.Refine(
    Type.String({
      default: 'USD',
      allowed: 'a currency code of ISO 4217',
      description:
        'Currency of an order that names none; noted with the event, so that a later setting changes no amount',
    }),
    isCurrency,
    () => 'is not a currency of ISO 4217',
  ),
  SQL_CONNECTIONS: count({ default: 8, maximum: 200, description: 'Connections to the database' }),
  QUEUED_WRITES: count({
    default: 4096,
    maximum: 100_000,
    description: 'Writes that may wait for their commit; the next one is refused at once',
  }),
  QUEUED_BYTES: count({
    default: 32 * 1024 * 1024,
    maximum: 1024 * 1024 * 1024,
    description: 'Bytes of data and metadata that may wait for their commit',
  }),
  WRITES_PER_STREAM: count({
    default: 2000,
    maximum: 100_000,
    description: 'Writes of one AppendMany stream that may be without an answer before reading from it stops',
  }),
  STREAM_MAX_BYTES: Type.Integer({
    default: 2_147_483_648,
    minimum: 65_536,
    description: 'How much of a log the broker keeps, in bytes, when the relay has to make its copy again',
  }),
  STREAM_MAX_AGE: Duration({
    default: '7d',
    minimum: '1m',
    description: 'How long the broker keeps an event, when the relay has to make its copy again',
  }),
  STREAM_REPLICAS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: 'On how many servers of a JetStream cluster the copy is kept, when the relay has to make it again',
  }),
  APPEND_WITHIN: Duration({
    default: '5s',
    minimum: '100ms',
    maximum: '60s',
    description: 'A write that is not stored by then is given up as unknown',
  }),
});

/** The default currency, as a currency. The settings have been checked, so this does not fail. */
export function currencyOf(code: string): Currency {
  if (!isCurrency(code)) throw new CodedError('currency_unknown', `${code} is not a currency of ISO 4217`);
  return code;
}
