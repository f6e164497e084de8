import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { holdPort } from '@eventstream/testing/held-port';
import { awaitFreePort } from './held-port.ts';

const host = '127.0.0.1';

test('a port that a connection holds which goes out is waited for until that has ended', async () => {
  const held = await holdPort();
  let times = 0;
  const onHeld = (): void => {
    times += 1;
    held.release();
  };
  await awaitFreePort({ host, port: held.port, onHeld });
  assert.equal(times, 1);
});

test('a port at which a server answers is not waited for', async () => {
  const other = createServer().listen(0, host);
  await once(other, 'listening');
  const address = other.address();
  assert(typeof address === 'object' && address !== null);
  const onHeld = (): void => assert.fail('it waits');
  await assert.rejects(awaitFreePort({ host, port: address.port, onHeld }), { code: 'EADDRINUSE' });
  other.close();
});

test('a port that is held for too long is an error of its own, which says how Linux is kept from giving it away', async () => {
  const held = await holdPort();
  await assert.rejects(awaitFreePort({ host, port: held.port, onHeld: () => {}, waitMs: 0 }), {
    code: 'port_held',
    message: new RegExp(`port ${held.port} is held`),
    nextStep: /ip_local_reserved_ports/,
  });
  held.release();
});
