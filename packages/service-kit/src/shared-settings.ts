/**
 * Settings that several services have. Each is said once, so that two services never understand one variable
 * differently or start from different defaults.
 */
import { type Currency, isCurrency } from '@eventstream/contracts';
import { CodedError, Count, Duration, Url } from '@eventstream/platform';
import { type Static, type TInteger, type TObject, type TString, Type } from 'typebox';

/** Where eventstoresvc answers. */
export const eventStoreAddress = Type.String({
  description: 'Where eventstoresvc answers gRPC, as host:port',
  default: '127.0.0.1:50051',
});

/** The broker. */
export const natsUrl = Url({
  description: 'The nats-server with JetStream, or those of a cluster',
  schemes: ['nats', 'tls'],
  several: true,
  default: 'nats://127.0.0.1:4222',
});

/** The payment provider. */
export const gatewayUrl = Url({
  description: 'The payment gateway',
  schemes: ['http', 'https'],
  default: 'http://127.0.0.1:3001',
});

/** Where ordersvc answers HTTP. */
export const ordersUrl = Url({
  description: 'Base of the HTTP API of ordersvc, for the console and for commands such as `npx eventstream place`',
  schemes: ['http', 'https'],
  default: 'http://127.0.0.1:3000',
});

/** A database; `holds` says what is in it. */
export function databaseUrl(holds: string): TString {
  return Url({ description: `Database of ${holds}`, schemes: ['postgres', 'postgresql'] });
}

/** The databases, each with what it holds. */
export const databases = {
  EVENTSTOREDB_URL: databaseUrl('the log and the relay’s lease'),
  ORDERSDB_URL: databaseUrl('the read model'),
  WORKERSDB_URL: databaseUrl('payment intents, sagas, dead letters and marks'),
  GATEWAYDB_URL: databaseUrl('the stand-in payment provider’s books'),
} as const;

/** A port that a service listens on. */
export function port(standard: number, description: string): TInteger {
  return Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: standard,
    description: `${description}; 0 takes any free one`,
  });
}

/** The copy of a log at the broker: made by the bootstrapper, and made again by the relay when the broker has lost it. */
export const streamSettings = {
  STREAM_MAX_BYTES: Type.Integer({
    description:
      'How much of a log the broker keeps, in bytes; older events stay in the store. The nats-server of `npm start` has room for 4 GB. Counts when the stream is made; later use `nats stream edit ORDERS` of natscli, which is not part of this',
    default: 2_000_000_000,
    minimum: 65_536,
  }),
  STREAM_MAX_AGE: Duration({
    description: 'How long the broker keeps an event; counts when the stream is made, as STREAM_MAX_BYTES does',
    default: '7d',
    minimum: '1m',
  }),
  STREAM_REPLICAS: Count({
    description:
      'On how many servers of a JetStream cluster the copy is kept; counts when the stream is made, as STREAM_MAX_BYTES does',
    default: 1,
    maximum: 5,
  }),
} as const;

/** What these settings say of the copy, for whoever makes one: all must ask for the same, or each finds the other's a drift. */
export function copySettingsOf(setting: Static<TObject<typeof streamSettings>>): {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly replicas: number;
} {
  return {
    maxBytes: setting.STREAM_MAX_BYTES,
    maxAgeMs: setting.STREAM_MAX_AGE,
    replicas: setting.STREAM_REPLICAS,
  };
}

/** How long a payment may take; noted with each order, which starts it. */
export const paymentWithin = Duration({
  description:
    'How long the payment of an order may take; noted with the order, so that a later setting changes no order under way',
  default: '5m',
  minimum: '100ms',
});

/** How long a review may take; noted with each debit, which starts it. */
export const reviewWithin = Duration({
  description:
    'How long the review of an order may take; noted with the debit, so that a later setting changes no order under way',
  default: '24h',
  minimum: '100ms',
});

/** The currency of an order that names none. */
export const defaultCurrency = Type.Refine(
  Type.String({
    default: 'USD',
    allowed: 'a currency code of ISO 4217',
    description:
      'Currency of an order that names none; noted with the order, so that a later setting changes no amount',
  }),
  isCurrency,
  () => 'is not a currency of ISO 4217',
);

/** The default currency, as a currency. The settings have been checked, so this does not fail. */
export function currencyOf(code: string): Currency {
  if (!isCurrency(code)) throw new CodedError('currency_unknown', `${code} is not a currency of ISO 4217`);
  return code;
}
