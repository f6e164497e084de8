/** The bootstrapper's settings. It alone has the administrator's address. */
import { Duration, LOG_LEVELS, Url } from '@eventstream/platform';
import { Type } from 'typebox';

/** Read from the environment; all faults are reported at once. */
export const settings = Type.Object({
  ADMIN_SQL_URL: Url({
    description: 'The SQL server, as a role that may create databases and roles',
    schemes: ['postgres', 'postgresql'],
  }),
  ROLE_PASSWORDS: Type.Optional(
    Type.String({
      description: 'JSON object: role → password. Without it no roles are made and no rights are granted',
      secret: true,
    }),
  ),
  NATS_URL: Url({
    description: 'The nats-server with JetStream',
    schemes: ['nats', 'tls'],
    default: 'nats://127.0.0.1:4222',
  }),
  STREAM_MAX_BYTES: Type.Integer({
    description: 'How much of a log the broker keeps, in bytes; older events stay in the store',
    default: 2_000_000_000,
    minimum: 65_536,
  }),
  STREAM_MAX_AGE: Duration({ description: 'How long the broker keeps an event', default: '7d', minimum: '1m' }),
  STREAM_REPLICAS: Type.Integer({
    description: 'On how many servers of a JetStream cluster the copy is kept',
    default: 1,
    minimum: 1,
    maximum: 5,
  }),
  LOG_LEVEL: Type.Enum([...LOG_LEVELS], { description: 'Least severe level that is written', default: 'info' }),
});
