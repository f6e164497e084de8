/** What only real connections show: requests that never became one, and a server that is asked to stop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createLog } from '@eventstream/platform';
import { createHttpApp, type HttpApp } from './server.ts';
import { httpService } from './service.ts';

const log = createLog({ service: 'test', level: 'silent' });

async function served(app: HttpApp): Promise<number> {
  await httpService(app, { host: '127.0.0.1', port: 0, portSetting: 'HTTP_PORT' }).start();
  const address = app.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

/** Sends bytes and answers what comes back until the connection is closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

describe('a server on a port', { timeout: 30_000 }, () => {
  test('answers what is not HTTP, and headers that are too large, with problems', async () => {
    const app = createHttpApp({ log });
    const port = await served(app);
    const cases = [
      ['nonsense\r\n\r\n', 400, 'malformed-request'],
      [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(9_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ] as const;
    for (const [bytes, status, code] of cases) {
      const [head = '', body = ''] = (await exchange(port, bytes)).split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(head, /content-type: application\/problem\+json/);
      assert.equal(JSON.parse(body).code, code);
    }
    await app.close();
  });

  test('finishes what it has taken, and tells later requests of a kept connection to come back', async () => {
    const app = createHttpApp({ log });
    const gate = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    app.get('/slow', async () => {
      taken.resolve();
      await gate.promise;
      return { done: true };
    });
    const port = await served(app);
    const slow = fetch(`http://127.0.0.1:${port}/slow`);
    await taken.promise;
    const pipelined = connect(port, '127.0.0.1');
    // Half a request, so that the connection is not idle when the server closes the idle ones.
    pipelined.write('GET /late HTTP/1.1\r\nhost: a\r\n');
    await once(pipelined, 'connect');
    const closed = app.close();
    await new Promise((resolve) => setImmediate(resolve));
    pipelined.write('\r\n');
    const late = await text(pipelined);
    assert.match(late, /^HTTP\/1.1 503 /);
    assert.match(late, /retry-after: 1/);
    assert.match(late, /"code":"overloaded"/);
    gate.resolve();
    assert.deepEqual(await (await slow).json(), { done: true });
    await closed;
  });

  test('names the setting that moves its port when the port is taken', async () => {
    const app = createHttpApp({ log });
    const port = await served(app);
    const second = httpService(createHttpApp({ log }), { host: '127.0.0.1', port, portSetting: 'HTTP_PORT' });
    await assert.rejects(second.start(), /HTTP_PORT/);
    await app.close();
  });

  test('passes a usable request id on, and makes one otherwise', async () => {
    const app = createHttpApp({ log });
    const port = await served(app);
    const agent = new Agent();
    const idFor = async (sent: string): Promise<unknown> => {
      const [response] = await once(
        get({ port, host: '127.0.0.1', agent, headers: { 'x-request-id': sent } }),
        'response',
      );
      response.resume();
      return response.headers['x-request-id'];
    };
    assert.equal(await idFor('abc-1'), 'abc-1');
    assert.match(String(await idFor('a b"c')), /^[0-9a-f-]{36}$/);
    agent.destroy();
    await app.close();
  });
});
