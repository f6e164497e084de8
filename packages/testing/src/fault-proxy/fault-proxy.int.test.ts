import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts';

/** Answers what it is sent, and remembers. */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  served.push(socket);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    heard += bytes.toString();
    heardSome?.();
    socket.write(bytes);
  });
  socket.on('end', () => socket.end());
});
let served: Socket[] = [];
let heard = '';
let heardSome: (() => void) | undefined;
let proxy: FaultProxy;

/** A caller; what it got, and how it ended. */
class Caller {
  readonly socket: Socket;
  got = '';
  end: string | undefined;

  constructor() {
    this.socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
    this.socket.on('data', (bytes) => (this.got += bytes.toString()));
    this.socket.on('end', () => (this.end ??= 'end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.end = error.code));
  }

  async gets(text: string): Promise<void> {
    while (this.got !== text) await once(this.socket, 'data');
  }

  async ends(how: string): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
    assert.equal(this.end, how);
  }
}

/** A connection that has carried a word each way. */
async function talking(): Promise<Caller> {
  const caller = new Caller();
  caller.socket.write('hello ');
  await caller.gets('hello ');
  caller.got = '';
  return caller;
}

async function serverHears(text: string): Promise<void> {
  while (!heard.endsWith(text)) await new Promise<void>((resolve) => (heardSome = resolve));
}

async function open(random: () => number = () => 0): Promise<void> {
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  proxy = await openFaultProxy({ targetPort: address.port, random });
}

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(async () => {
  await proxy.close();
  server.close();
});

describe('the fault proxy', () => {
  beforeEach(async () => {
    if (proxy !== undefined) await proxy.close();
    served = [];
    heard = '';
    await open();
  });

  test('hands everything on, and the end of it, while nothing is wrong', async () => {
    const caller = await talking();
    const much = 'x'.repeat(3_000_000);
    caller.socket.end(much);
    await caller.ends('end');
    assert.equal(caller.got.length, much.length);
    assert.equal(proxy.met, 0);
  });

  test('makes a link slow, each way, and keeps the order', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'slow', ms: 40, jitterMs: 40 });
    const sinceMs = performance.now();
    for (const word of ['a', 'b', 'c']) caller.socket.write(word);
    await caller.gets('abc');
    assert(performance.now() - sinceMs >= 79);
  });

  test('makes a link narrow', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'narrow', bytesPerSecond: 1_000_000 });
    const sinceMs = performance.now();
    caller.socket.write('x'.repeat(100_000));
    await caller.gets('x'.repeat(100_000));
    assert(performance.now() - sinceMs >= 90);
  });

  test('cuts a connection after the given bytes, in the middle of a message', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'cutAfter', bytes: 5 });
    caller.socket.write('1234567890');
    await caller.ends('ECONNRESET');
    assert.equal(heard, 'hello 12345');
    assert.equal(proxy.met, 1);
  });

  test('breaks off what is open, and serves whoever connects again', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'reset' });
    await caller.ends('ECONNRESET');
    await talking();
  });

  test('refuses everybody until it is healed', async () => {
    proxy.impose({ kind: 'refuse' });
    const refused = new Caller();
    await refused.ends('ECONNRESET');
    proxy.heal();
    await talking();
  });

  test('is silent both ways, and delivers late what was sent meanwhile', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'silent', direction: 'both' });
    caller.socket.write('late');
    const other = new Caller();
    await once(other.socket, 'connect');
    other.socket.write('later');
    proxy.heal();
    await caller.gets('late');
    await other.gets('later');
  });

  test('is silent one way: the server acts, and its caller never learns', async () => {
    const caller = await talking();
    proxy.impose({ kind: 'silent', direction: 'down' });
    caller.socket.write('do it');
    await serverHears('do it');
    caller.socket.end('and go');
    await serverHears('and go');
    assert.equal(caller.got, '');
    proxy.heal();
    await caller.ends('end');
    assert.equal(caller.got, 'do itand go');
  });

  test('leaves a connection half open: the server is gone and its caller is not told until it is healed', async () => {
    const caller = await talking();
    const closed = new Promise((resolve) => served[0]?.once('close', resolve));
    proxy.impose({ kind: 'halfOpen' });
    await closed;
    caller.socket.write('anybody there?');
    await talking(); // whoever connects again is served
    assert.equal(caller.end, undefined);
    proxy.heal();
    await caller.ends('ECONNRESET');
  });

  test('meets the share of connections that the random numbers say', async () => {
    await proxy.close();
    const numbers = [0.2, 0.7, 0.4];
    await open(() => numbers.shift() ?? 0.9);
    const [first, second, third] = [await talking(), await talking(), await talking()];
    proxy.impose({ kind: 'reset' }, 0.5);
    await first.ends('ECONNRESET');
    await third.ends('ECONNRESET');
    second.socket.write('still here');
    await second.gets('still here');
    assert.equal(proxy.met, 2);
  });
});
