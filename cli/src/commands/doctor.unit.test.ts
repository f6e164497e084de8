import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { CodedError } from '@eventstream/platform';
import { hostsOf, natsServer, ports } from './doctor.ts';

test('every server of a cluster is shown, without its password', () => {
  const found = hostsOf('NATS_URL', 'nats://me:secret@a:4222,b:4223');
  assert.deepEqual(found, { what: 'NATS_URL', ok: true, found: 'a:4222, b:4223' });
  assert.equal(hostsOf('NATS_URL', 'nats://a:4222,nats://b:x').ok, false);
  assert.equal(hostsOf('SQL_URL', 'here').ok, false);
});

test('a port in use is a fault only where a start would open it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const env = { ZIPKIN_PORT: String(address.port) };
  const isFault = async (more: NodeJS.ProcessEnv) =>
    (await ports({ ...env, ...more })).some(({ what, ok }) => what === 'port zipkin' && !ok);
  assert.equal(await isFault({}), true);
  assert.equal(await isFault({ ZIPKIN_URL: 'http://zipkin.example:9411' }), false);
});

test('a nats-server that a start would fetch, or does not need, is not missing', async () => {
  const fails = (code: string) => async () => Promise.reject(new CodedError(code, 'no'));
  const missing = await natsServer({}, fails('nats_server_not_found'));
  assert.deepEqual([missing.ok, missing.found], [true, 'not here yet: `npm start` fetches it']);
  assert.equal((await natsServer({}, fails('nats_server_unusable'))).ok, false, 'NATS_SERVER_BIN is wrong');
  assert.equal((await natsServer({ NATS_URL: 'nats://a:4222' }, fails('nats_server_unusable'))).ok, true);
});
