/** The bootstrapper's settings. It alone has the administrator's address. */
import { logLevels, Url } from '@eventstream/platform';
import { databases, natsUrl, streamSettings } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';
import { roleNames } from './databases.ts';

/** Shown to whoever has to write it. */
const rolePasswordsShape = `JSON {${roleNames.map((role) => `"${role}":"…"`).join(',')}}, each password 16 to 128 of A–Z a–z 0–9 _ -`;

/** Read from the environment; all faults are reported at once. */
export const settings = Type.Object({
  ADMIN_SQL_URL: Url({
    description: 'The SQL server, as a role that may create databases and roles',
    schemes: ['postgres', 'postgresql'],
  }),
  ROLE_PASSWORDS: Type.Optional(
    Type.String({
      description:
        'One password for each role, so that each service has the rights it needs and no more. Without it no roles are made, and every service uses the user of its address',
      allowed: rolePasswordsShape,
      secret: true,
    }),
  ),
  EVENTSTOREDB_URL: Type.Optional(databases.EVENTSTOREDB_URL),
  ORDERSDB_URL: Type.Optional(databases.ORDERSDB_URL),
  WORKERSDB_URL: Type.Optional(databases.WORKERSDB_URL),
  GATEWAYDB_URL: Type.Optional(databases.GATEWAYDB_URL),
  NATS_URL: natsUrl,
  ...streamSettings,
  LOG_LEVEL: Type.Enum([...logLevels], { description: 'Least severe level that is written', default: 'info' }),
});
