import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { firstMatch, runModule, untilGone, untilReadyAgain } from '../process/children.fixture.ts';
import { startNatsServer } from './start-nats-server.ts';

const storeDir = mkdtempSync(join(tmpdir(), 'nats-'));
after(() => rmSync(storeDir, { recursive: true, force: true }));

async function monitor(port: number, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`);
  const body: unknown = await response.json();
  assert.ok(typeof body === 'object' && body !== null);
  return { ...body };
}

/** Asks JetStream's API over the plain protocol: one request, the answer as an object. */
async function request(port: number, subject: string, body: object): Promise<Record<string, unknown>> {
  const socket = connect(port, '127.0.0.1');
  const payload = JSON.stringify(body);
  socket.write(
    `CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${Buffer.byteLength(payload)}\r\n${payload}\r\n`,
  );
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += chunk;
    const [, answer] = /MSG answer 1 \d+\r\n(.*)\r\n/.exec(text) ?? [];
    if (answer !== undefined) return JSON.parse(answer);
  }
  throw new Error(`no answer: ${text}`);
}

describe('a local nats-server', () => {
  test('has JetStream, listens on loopback only, and keeps its streams over a restart and a crash', async () => {
    const first = await startNatsServer({ storeDir });
    assert.equal((await monitor(first.monitorPort, 'varz'))['host'], '127.0.0.1');
    const created = await request(first.port, '$JS.API.STREAM.CREATE.KEPT', {
      name: 'KEPT',
      subjects: ['kept'],
      storage: 'file',
    });
    assert.equal(created['error'], undefined);
    await first.stop();
    const second = await startNatsServer({ storeDir });
    await second.kill();
    assert.equal(second.pid, undefined);
    const third = await startNatsServer({ storeDir, configuration: 'max_connections: 77' });
    assert.equal((await monitor(third.monitorPort, 'jsz'))['streams'], 1);
    assert.equal((await monitor(third.monitorPort, 'varz'))['max_connections'], 77);
    await third.stop();
  });

  test('comes back on the same port after a crash, when asked to restart', async () => {
    const server = await startNatsServer({ storeDir, restart: { firstMs: 20, maxMs: 200, stableMs: 60_000 } });
    const first = server.pid;
    await server.kill();
    await server.process.ready(10_000);
    assert.notEqual(server.pid, first);
    assert.equal((await monitor(server.monitorPort, 'varz'))['port'], server.port);
    await server.stop();
  });

  test('is ended and started again when it answers no more', async () => {
    const restart = { firstMs: 20, maxMs: 200, stableMs: 60_000, unreadyMaxMs: 1_000 };
    const server = await startNatsServer({ storeDir, restart });
    const first = server.pid ?? 0;
    process.kill(first, 'SIGSTOP');
    await untilReadyAgain(server.process, first);
    await server.stop();
  });

  test('says what is wrong when its configuration is', async () => {
    await assert.rejects(startNatsServer({ storeDir, configuration: 'no_such_setting: 1' }), /no_such_setting/);
  });

  test('ends when the process that started it is killed', { skip: process.platform !== 'linux' }, async () => {
    const module = new URL('./start-nats-server.ts', import.meta.url).href;
    const script = `
      const { startNatsServer } = await import(${JSON.stringify(module)});
      const server = await startNatsServer({ storeDir: ${JSON.stringify(storeDir)} });
      console.log('pid ' + server.pid);`;
    const owner = runModule(script);
    const pid = Number(await firstMatch(owner, /pid (\d+)/));
    owner.kill('SIGKILL');
    await untilGone(pid);
    const again = await startNatsServer({ storeDir });
    await again.stop();
  });
});
