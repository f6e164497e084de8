import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { readStatus } from './system-status.ts';

/** Where a process says this at /readyz. */
async function saying(t: TestContext, code: number, checks: readonly object[]): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(code).end(JSON.stringify({ checks })));
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

const part = { name: 'paymentworker', restarts: 0, addresses: [], logFile: '' };

test('what is wrong with a process is said once: by itself, or by its supervisor when it does not answer', async (t) => {
  const nats = { name: 'nats', ok: false, reason: 'nats-server does not answer', nextStep: 'start it' };
  const unready = await saying(t, 503, [{ name: 'workersdb', ok: true }, nats]);
  const silent = 'http://127.0.0.1:1';
  const { processes } = await readStatus({
    parts: [
      { ...part, state: 'notReady', reason: 'nats: nats-server does not answer', healthUrl: unready },
      { ...part, state: 'notReady', reason: 'does not answer', healthUrl: silent },
      { ...part, state: 'exited', reason: 'exited with code 7', healthUrl: silent },
      { ...part, state: 'ready', healthUrl: silent },
    ],
  });
  assert.deepEqual(
    processes.map(({ reason, troubles }) => [reason, troubles.map((one) => one.reason)]),
    [
      [undefined, ['nats-server does not answer']],
      ['does not answer', []],
      ['exited with code 7', []],
      [undefined, ['does not answer']],
    ],
  );
});
