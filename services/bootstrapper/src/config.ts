/** The bootstrapper's settings. It alone has the administrator's address. */
import { LOG_LEVELS, Url } from '@eventstream/platform';
import { natsUrl, streamSettings } from '@eventstream/service-kit/settings';
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
  NATS_URL: natsUrl,
  ...streamSettings,
  LOG_LEVEL: Type.Enum([...LOG_LEVELS], { description: 'Least severe level that is written', default: 'info' }),
});
