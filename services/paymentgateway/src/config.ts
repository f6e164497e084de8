/** The stand-in provider's settings. */
import { Duration } from '@eventstream/platform';
import { databases, port } from '@eventstream/service-kit/settings';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  GATEWAYDB_URL: databases.GATEWAYDB_URL,
  GATEWAY_PORT: port(3001, 'Port of the stand-in payment provider'),
  GATEWAY_SLOW: Duration({
    description: 'How long the payer test-slow makes a debit wait',
    default: '2s',
    maximum: '1h',
  }),
});
