/** Whether a server is there, for whoever only wants to know. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { ownNats } from '@eventstream/testing/harness';
import { natsFault } from './connect-nats.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

test('a server that answers has no fault, also when it does not let us in; one that is gone says why', async () => {
  const server = await ownNats({ configuration: 'authorization { user: us, password: right }' });
  const faultOf = (credentials: string) =>
    natsFault({ url: `nats://${credentials}127.0.0.1:${server.port}`, name: 'test', logger });
  assert.equal(await faultOf('us:right@'), undefined);
  assert.equal(await faultOf('us:wrong@'), undefined);
  assert.equal(await faultOf(''), undefined);
  await server.stop();
  assert.match((await faultOf('us:right@')) ?? '', /refused/i);
});
