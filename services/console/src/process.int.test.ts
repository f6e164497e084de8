/** The whole process where nothing that it looks at is there. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '@eventstream/local-servers';
import { startProgram } from '@eventstream/testing/program';

test('a console that knows no running.json, and whose servers are all away, starts and is ready', async (t) => {
  const [consolePort, zipkinPort, nobodysPort] = [await freePort(), await freePort(), await freePort()];
  const away = `127.0.0.1:${nobodysPort}`;
  const { healthPort } = await startProgram(t, join(import.meta.dirname, 'main.ts'), {
    LOG_LEVEL: 'fatal',
    CONSOLE_PORT: String(consolePort),
    ZIPKIN_PORT: String(zipkinPort),
    ORDERSDB_URL: `postgres://nobody@${away}/ordersdb`,
    WORKERSDB_URL: `postgres://nobody@${away}/workersdb`,
    EVENTSTORE_ADDRESS: away,
    NATS_URL: `nats://${away}`,
    ORDERS_URL: `http://${away}`,
    GATEWAY_URL: `http://${away}`,
    PROCESSES: `ordersvc=http://${away}`,
  });
  const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /"name":"nats","optional":true,"ok":false/);
});
