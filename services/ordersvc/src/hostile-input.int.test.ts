/** What a hostile client sends over HTTP, at one process: it is refused, the others are served meanwhile, nothing grows. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { decodeOrderEvent, nowhere, ordersLog } from '@eventstream/contracts';
import { residentBytesOf } from '@eventstream/testing/metrics-page';
import fc from 'fast-check';
import { sampleOrder } from './orders-in-memory.fixture.ts';
import { start, storedOrders, surroundings } from './ordersvc-process.fixture.ts';

/** A polite caller waits no longer than this while others misbehave, or than so many times what it waits without them. */
const politeMs = 2_000;
const politeTimes = 10;
const grownBytesMax = 128 * 1024 * 1024;
const answerWithinMs = 5_000;

const goodBody = Buffer.from(JSON.stringify(sampleOrder));
const requestOf = (body: Buffer, headers: readonly string[] = []): Buffer =>
  Buffer.concat([
    Buffer.from(
      ['POST /api/orders HTTP/1.1', 'host: localhost', 'content-type: application/json', ...headers]
        .concat(`content-length: ${body.length}`, 'connection: close', '', '')
        .join('\r\n'),
    ),
    body,
  ]);

async function open(t: TestContext) {
  const around = await surroundings(t);
  const { child, healthPort, post } = await start(t, around, { LOG_LEVEL: 'error' });
  let logged = '';
  child.stdout?.on('data', (chunk) => (logged += String(chunk)));
  const usual: number[] = [];
  for (let call = 0; call < 5; call += 1) usual.push(await politeWaitMs(post));
  let polite = usual.length;
  return {
    store: around.store,
    port: around.httpPort,
    residentBytes: () => residentBytesOf(healthPort),
    logged: () => logged,
    /** Orders of polite callers so far. */
    polite: () => polite,
    /** Somebody who behaves is served as ever. */
    assertOthersAreServed: async () => {
      const waitedMs = await politeWaitMs(post);
      polite += 1;
      assert.ok(
        waitedMs < Math.max(politeMs, politeTimes * Math.max(...usual)),
        `a polite caller waited ${waitedMs} ms`,
      );
    },
  };
}

/** Sends the bytes and answers what comes back until the server closes, or nothing has come for long enough. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.end(bytes);
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

/** How long a polite caller waits for its order to be placed. */
async function politeWaitMs(post: () => Promise<Response>): Promise<number> {
  const startedMs = performance.now();
  assert.equal((await post()).status, 201);
  return performance.now() - startedMs;
}

/** Opens connections that say this much and then nothing. */
async function silentConnections(t: TestContext, port: number, count: number, words: string): Promise<Socket[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      socket.write(words);
      return socket;
    }),
  );
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

/** A valid request with a few of its bytes changed, lost or repeated. */
const damagedRequests = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('change', 'lose', 'repeat'), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.boolean(),
  )
  .map(([damages, inBody]) => {
    const bytes = [...(inBody ? goodBody : requestOf(goodBody))];
    for (const [at, how, value] of damages) {
      const index = at % bytes.length;
      if (how === 'change') bytes[index] = value;
      else if (how === 'lose') bytes.splice(index, 1);
      else bytes.splice(index, 0, bytes[index] ?? 0);
    }
    return inBody ? requestOf(Buffer.from(bytes)) : Buffer.from(bytes);
  });

/** Bodies that are JSON, or nearly, and no order. */
const strangeBodies = fc
  .oneof(
    fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth)),
    fc.integer({ min: 1, max: 5_000 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
    fc.constantFrom(
      '{"__proto__":{"customer_id":"x"}}',
      '{"constructor":{"prototype":{"status":"Approved"}}}',
      '\0',
      '1e999999',
    ),
    fc.string({ unit: 'binary', maxLength: 200 }).map((name) => JSON.stringify({ ...sampleOrder, customer_id: name })),
    fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((price) =>
        JSON.stringify({ ...sampleOrder, order_items: [{ ...sampleOrder.order_items[0], unit_price: price }] }),
      ),
  )
  .map((text) => requestOf(Buffer.from(text)));

/** Pages of orders, filtered by any text; a NUL above all, which PostgreSQL takes nowhere. */
const strangeFilters = fc
  .tuple(
    fc.constantFrom('customer_id', 'status', 'cursor', 'limit'),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map(encodeURIComponent),
      fc.constantFrom('%00', 'c%00', '%ff'),
    ),
  )
  .map(([name, text]) =>
    Buffer.from(`GET /api/orders?${name}=${text} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`),
  );

test('a hostile client of ordersvc', { timeout: 120_000 }, async (t) => {
  const world = await open(t);
  const { port, store, assertOthersAreServed } = world;

  await t.test(
    'that sends garbage is refused by name, never with a 5xx; nothing is stored that does not parse',
    async () => {
      let placed = 0;
      const garbage = fc.oneof(
        damagedRequests,
        strangeBodies,
        strangeFilters,
        fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      );
      await fc.assert(
        fc.asyncProperty(garbage, async (bytes) => {
          const status = statusOf(await exchange(port, bytes));
          if (status === 201) placed += 1;
          assert.ok(status < 500, `answered ${status}`);
        }),
        { numRuns: 500 },
      );
      await assertOthersAreServed();
      // Who hangs up after the last byte may not hear that the order was stored.
      assert.ok((await storedOrders(store)).size >= placed + world.polite(), 'a lost 201');
      const { events } = await store.readLog(ordersLog, nowhere, { limit: 1_000 });
      for (const event of events) assert.equal(decodeOrderEvent(event).kind, 'created');
      assert.equal(world.logged(), '', 'garbage is no error of ours');
    },
  );

  await t.test('that sends too much of anything is told so', async () => {
    const large = Buffer.alloc(65 * 1024, ' ');
    const answers = await Promise.all([
      exchange(port, requestOf(goodBody, [`x-large: ${'x'.repeat(9_000)}`])),
      exchange(
        port,
        requestOf(
          goodBody,
          Array.from({ length: 2_000 }, (_, index) => `x-${index}: 1`),
        ),
      ),
      exchange(port, requestOf(Buffer.concat([goodBody, large]))),
      exchange(port, Buffer.from(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`)),
    ]);
    assert.deepEqual(answers.map(statusOf), [431, 431, 413, 431]);
    for (const answer of answers) assert.match(answer, /application\/problem\+json/);
    await assertOthersAreServed();
  });

  await t.test('that says two lengths, or a length and chunks, gets one refusal and smuggles nothing', async () => {
    const smuggled = Buffer.from('0\r\n\r\nPOST /api/orders HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const answers = await Promise.all([
      exchange(port, requestOf(smuggled, ['transfer-encoding: chunked'])),
      exchange(port, requestOf(smuggled, ['content-length: 3'])),
    ]);
    assert.deepEqual(answers.map(statusOf), [400, 400]);
    for (const answer of answers) assert.equal(answer.split('HTTP/1.1 ').length, 2, 'one answer, not two');
    await assertOthersAreServed();
  });

  await t.test(
    'that holds thousands of connections and says nothing keeps nobody out, and is shown the door',
    async () => {
      const before = await world.residentBytes();
      await silentConnections(t, port, 1_500, '');
      const slow = await silentConnections(t, port, 500, 'POST /api/orders HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
      const begun =
        'POST /api/orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{';
      await silentConnections(t, port, 500, begun);
      for (let call = 0; call < 20; call += 1) await assertOthersAreServed();
      assert.ok((await world.residentBytes()) - before < grownBytesMax);
      for (const said of await Promise.all(slow.slice(0, 5).map(lastWords))) assert.equal(statusOf(said), 408);
      await assertOthersAreServed();
    },
  );
});

/** What is said to a connection until it is closed. */
function lastWords(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    socket.on('data', (chunk) => (said += String(chunk)));
    socket.once('close', () => resolve(said));
  });
}
