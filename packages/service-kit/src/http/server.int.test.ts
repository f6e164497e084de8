/** What only real connections show: requests that never became one, and a server that is asked to stop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { kitProblems, Problem, problemJson } from '../problem.ts';
import { httpPart } from './http-part.ts';
import { createHttpApp, type HttpApp } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

async function served(app: HttpApp): Promise<number> {
  await httpPart(app, { host: '127.0.0.1', port: 0, portSetting: 'HTTP_PORT' }).start();
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
    const app = createHttpApp({ logger });
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

  test('refuses a request that names two hosts: who stands in between may go by the other one', async () => {
    const app = createHttpApp({ logger });
    app.get('/', async () => ({ done: true }));
    const port = await served(app);
    const naming = (...hosts: string[]): string =>
      `GET / HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}connection: close\r\n\r\n`;
    assert.match(await exchange(port, naming('localhost')), /^HTTP\/1.1 200 /);
    for (const other of ['evil.example', 'localhost'])
      assert.match(await exchange(port, naming('localhost', other)), /^HTTP\/1.1 400 .*"code":"malformed-request"/s);
    await app.close();
  });

  test('refuses a request with two keys: a repetition with another second one would be another request', async () => {
    const app = createHttpApp({ logger });
    app.post('/', (request) => ({ key: request.headers['idempotency-key'] }));
    const port = await served(app);
    const keyed = (...keys: string[]): string =>
      `POST / HTTP/1.1\r\nhost: localhost\r\n${keys.map((key) => `Idempotency-Key: ${key}\r\n`).join('')}connection: close\r\n\r\n`;
    assert.match(await exchange(port, keyed('first')), /^HTTP\/1.1 200 .*"key":"first"/s);
    for (const other of ['second', 'first'])
      assert.match(await exchange(port, keyed('first', other)), /^HTTP\/1.1 400 .*idempotency-key.*more than once/s);
    await app.close();
  });

  test('refuses a query that is not UTF-8, rather than answer what nobody asked', async () => {
    const app = createHttpApp({ logger });
    app.get('/', (request) => ({ asked: request.query }));
    const port = await served(app);
    const asking = (query: string): string => `GET /?${query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
    for (const wrong of ['name=%ff', 'name=%', 'name=J%fcrgen'])
      assert.match(await exchange(port, asking(wrong)), /^HTTP\/1.1 400 .*"code":"malformed-request"/s);
    assert.match(await exchange(port, asking('name=J%C3%BCrgen+a%2Bb')), /^HTTP\/1.1 200 .*"name":"Jürgen a\+b"/s);
    await app.close();
  });

  test('finishes what it has taken, and tells later requests of a kept connection to come back', async () => {
    const app = createHttpApp({ logger });
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
    const accepted = once(app.server, 'connection');
    const pipelined = connect(port, '127.0.0.1');
    // Half a request, so that the connection is not idle when the server closes the idle ones.
    pipelined.write('GET /late HTTP/1.1\r\nhost: a\r\n');
    const [atServer] = await accepted;
    await eventually(
      () => atServer.bytesRead,
      (bytes) => bytes > 0,
    );
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

  test('refuses by the head of a request, in full, and keeps the connection, whatever of the body is still to come', async () => {
    const busy = new Problem(kitProblems.overloaded, 'full; nothing was done', { retryAfterSeconds: 7 });
    const app = createHttpApp({ logger, refuseEarly: ({ method }) => (method === 'POST' ? busy : undefined) });
    app.get('/open', async () => ({ open: true }));
    const port = await served(app);
    const order = 'POST /orders HTTP/1.1\r\nhost: a\r\nx-request-id: r-1\r\n';
    const look = 'GET /open HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    const answers = await exchange(
      port,
      `${order}content-length: 3\r\n\r\nabc${order}content-length: 0\r\n\r\n${look}`,
    );
    const [first = '', second = '', third = ''] = answers.split(/(?=HTTP\/1\.1 )/);
    for (const refused of [first, second]) {
      const [head = '', body = ''] = refused.split('\r\n\r\n');
      assert.match(head, /^HTTP\/1.1 503 /);
      for (const header of ['retry-after: 7', 'x-request-id: r-1', 'cache-control: no-store', 'keep-alive'])
        assert.ok(head.toLowerCase().includes(header), `${header} is missing in ${head}`);
      assert.deepEqual(JSON.parse(body), problemJson(busy, 'r-1'));
    }
    assert.match(third, /^HTTP\/1.1 200 .*\{"open":true\}$/s);
    await app.close();
  });

  test('takes many of those who come at once each time it looks', { skip: process.platform !== 'linux' }, async () => {
    const app = createHttpApp({ logger });
    const port = await served(app);
    const takenAtOnce: number[] = [];
    let taken = 0;
    const all = Promise.withResolvers<void>();
    app.server.on('connection', () => {
      taken += 1;
      if (taken === 1) setImmediate(() => takenAtOnce.push(taken));
      if (taken === 64) all.resolve();
    });
    // The kernel connects them before this turn ends, and the server looks after it.
    const crowd = Array.from({ length: 64 }, () => connect(port, '127.0.0.1'));
    await all.promise;
    assert.ok((takenAtOnce[0] ?? 0) > 1, `${takenAtOnce[0]} taken by the first look`);
    for (const one of crowd) one.destroy();
    await app.close();
  });

  test('has no more connections than it may, over all of its sockets', async () => {
    const app = createHttpApp({ logger });
    app.server.maxConnections = 2;
    const port = await served(app);
    const taken = Promise.withResolvers<void>();
    let open = 0;
    app.server.on('connection', () => {
      open += 1;
      if (open === 2) taken.resolve();
    });
    const welcome = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await taken.promise;
    assert.equal(await exchange(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n').catch(() => ''), '');
    for (const one of welcome) one.destroy();
    await app.close();
  });

  test('names the setting that moves its port when the port is taken', async () => {
    const app = createHttpApp({ logger });
    const port = await served(app);
    const second = httpPart(createHttpApp({ logger }), { host: '127.0.0.1', port, portSetting: 'HTTP_PORT' });
    await assert.rejects(second.start(), /HTTP_PORT/);
    await app.close();
  });

  test('passes a usable request id on, and makes one otherwise', async () => {
    const app = createHttpApp({ logger });
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
