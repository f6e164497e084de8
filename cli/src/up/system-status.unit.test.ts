import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
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
const ownNats = { ...part, name: 'nats-server', state: 'ready' };

/** Databases of a running system, on an SQL server that gives everybody this answer; without one, nobody is there. */
async function databasesAt(t: TestContext, answer?: string) {
  const server = createTcpServer((socket) => socket.once('data', () => socket.end(answer ?? '')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  if (answer === undefined) server.close();
  else t.after(() => server.close());
  const url = (database: string) => `postgresql://somebody:secret@127.0.0.1:${address.port}/${database}`;
  const databases = { ordersdb: { verifier: url('ordersdb') }, workersdb: { verifier: url('workersdb') } };
  return { host: `127.0.0.1:${address.port}`, databases };
}

const awayAt = (where: string, said: string, setting: string) => ({
  name: '',
  reason: `${where} does not answer: ${said}`,
  nextStep: `start it: work resumes by itself; or correct ${setting}, and start eventstream again`,
});

/** An error of PostgreSQL's protocol: a severity, a code and a message, each ended by a zero. */
function refusalOf(code: string): string {
  const fields = `SFATAL\0C${code}\0Mno\0\0`;
  return `E\0\0\0${String.fromCharCode(fields.length + 4)}${fields}`;
}

test('servers of the user’s own that are away are named with their addresses, without their passwords', async (t) => {
  const { host, databases } = await databasesAt(t);
  const nats = '127.0.0.1:9, 127.0.0.1:1';
  const natsUrl = 'nats://somebody:secret@127.0.0.1:9,127.0.0.1:1';
  const { healthy, processes } = await readStatus({ parts: [], databases, natsUrl });
  assert.equal(healthy, false);
  assert.deepEqual(
    processes.map(({ name, state, addresses, troubles }) => [name, state, addresses.join(', '), troubles]),
    [
      ['SQL server', 'notReady', host, [awayAt(host, `connect ECONNREFUSED ${host}`, 'SQL_URL')]],
      ['NATS server', 'notReady', nats, [awayAt(nats, 'connection refused', 'NATS_URL')]],
    ],
  );
});

test('an SQL server of the user’s own that answers is not away, whatever it answers', async (t) => {
  const { databases } = await databasesAt(t, refusalOf('28P01'));
  const { processes } = await readStatus({ parts: [ownNats], databases, natsUrl: '' });
  assert.deepEqual(
    processes.map(({ name, state }) => [name, state]),
    [
      ['SQL server', 'ready'],
      ['nats-server', 'ready'],
    ],
  );
});

test('what is wrong with a process is said once: by itself, or by its supervisor when it does not answer', async (t) => {
  const nats = { name: 'nats', ok: false, reason: 'nats-server does not answer', nextStep: 'start it' };
  const unready = await saying(t, 503, [{ name: 'workersdb', ok: true }, nats]);
  const silent = 'http://127.0.0.1:1';
  const { processes } = await readStatus({
    databases: {},
    natsUrl: '',
    parts: [
      ownNats,
      { ...part, state: 'notReady', reason: 'nats: nats-server does not answer', healthUrl: unready },
      { ...part, state: 'notReady', reason: 'does not answer', healthUrl: silent },
      { ...part, state: 'exited', reason: 'exited with code 7', healthUrl: silent },
      { ...part, state: 'ready', healthUrl: silent },
    ],
  });
  assert.deepEqual(
    processes.map(({ reason, troubles }) => [reason, troubles.map((one) => one.reason)]),
    [
      [undefined, []],
      [undefined, ['nats-server does not answer']],
      ['does not answer', []],
      ['exited with code 7', []],
      [undefined, ['does not answer']],
    ],
  );
});
