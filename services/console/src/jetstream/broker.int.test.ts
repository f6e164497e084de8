/** The console's way to the broker, with a real nats-server that does not know it at first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { ownNats, temporaryFolder } from '@eventstream/testing/harness';
import { consoleBroker } from './broker.ts';

const silent = createLogger({ service: 'test', level: 'silent' });

test('given a broker that does not know the console, then it says so, and connects once it is known', async () => {
  const storeDir = await temporaryFolder();
  const strict = await ownNats({ storeDir, configuration: 'authorization { user: console, password: other }' });
  const { port, monitorPort } = strict;
  const broker = consoleBroker(`nats://console:right@127.0.0.1:${port}`, silent);
  const [readiness] = broker.checks;
  await broker.start();
  try {
    const refused = await eventually(
      () => readiness.check(),
      (answer) => !answer.ok && /authorization/i.test(answer.reason),
    );
    assert.equal(!refused.ok && refused.nextStep, 'compare its users with NATS_URL; the console goes on trying');
    await assert.rejects(broker.figures(), { code: 'broker_unavailable' });
    await strict.stop();
    const configuration = 'authorization { user: console, password: right }';
    const server = await ownNats({ storeDir, port, monitorPort, configuration });
    await eventually(
      () => readiness.check(),
      (answer) => answer.ok,
    );
    await server.stop();
  } finally {
    await broker.stop();
  }
});
