/** The stand-in provider's settings. */
import { Duration, Url } from '@eventstream/platform';
import { Type } from 'typebox';

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  GATEWAYDB_URL: Url({ description: 'Database of the stand-in payment provider', schemes: ['postgres', 'postgresql'] }),
  GATEWAY_PORT: Type.Integer({
    description: 'Port of the stand-in payment provider',
    default: 3001,
    minimum: 0,
    maximum: 65535,
  }),
  GATEWAY_SLOW: Duration({ description: 'How long the payer test-slow makes a debit wait', default: '2s' }),
});
