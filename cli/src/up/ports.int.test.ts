import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort } from '@eventstream/local-servers';
import { holdPort } from '@eventstream/testing/held-port';
import { choosePorts, parsePorts, portsFromEnvironment } from './ports.ts';
import { standardPorts } from './services.ts';

test('ports move by name, and what makes no sense is refused with the names there are', () => {
  assert.deepEqual(parsePorts('http=3010,sql=26300'), { http: 3010, sql: 26300 });
  assert.equal(parsePorts('auto'), 'auto');
  for (const wrong of ['web=1', 'http', 'http=0', 'http=70000', 'http=12x', '']) {
    assert.throws(() => parsePorts(wrong), { code: 'ports_invalid', nextStep: /eventstore/ });
  }
});

test("a service's own port setting in the environment moves its port", () => {
  assert.deepEqual(portsFromEnvironment({ HTTP_PORT: '3010', GRPC_PORT: '5000', HEALTH_PORT: '1' }), {
    http: 3010,
    eventstore: 5000,
  });
});

test('a taken port is one clear line with the port and the flag that moves it', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await assert.rejects(choosePorts({ http: port }, ['http']), {
    code: 'port_taken',
    message: `Port ${port} (http) is in use by another program.`,
    nextStep: `Move it with --ports http=${port + 10}, or have all chosen with --ports auto.`,
  });
  const unused = await choosePorts({ http: port }, []);
  assert.equal(unused.http, port, 'a port that nobody of ours opens is no concern');
  other.close();
});

test('a port that only an outgoing connection holds is waited for, and that is said', async () => {
  const held = await holdPort();
  const lines: string[] = [];
  const chosen = choosePorts({ eventstore: held.port }, ['eventstore'], (line) => {
    lines.push(line);
    held.release();
  });
  assert.equal((await chosen).eventstore, held.port);
  assert.deepEqual(lines, [
    `Port ${held.port} (eventstore) is held by an outgoing connection; waiting for it. --ports eventstore=${held.port + 10} does not wait.`,
  ]);
});

test('two names on one port are refused', async () => {
  const port = await freePort();
  await assert.rejects(choosePorts({ http: port, gateway: port }, ['http', 'gateway']), { code: 'ports_invalid' });
});

test('all ports chosen at random differ', async () => {
  const ports = Object.values(await choosePorts('auto', []));
  assert.equal(new Set(ports).size, Object.keys(standardPorts).length);
});
