/** What a hostile client sends to the event store's gRPC port: it is refused, the others are served, nothing grows. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { nowhere, ordersLog } from '@eventstream/contracts';
import { AppendRequestSchema, ReadLogRequestSchema, SubscribeRequestSchema } from '@eventstream/contracts/eventstore';
import type { Write } from '@eventstream/event-store';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { freePort } from '@eventstream/local-servers';
import { createLogger, newId } from '@eventstream/platform';
import { eventually } from '@eventstream/testing/eventually';
import { residentBytesOf } from '@eventstream/testing/metrics-page';
import fc from 'fast-check';
import { bootstrapped, placeOrder, startService } from './eventstoresvc-process.fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
/** A polite caller waits no longer than this while others misbehave, or than so many times what it waits without them. */
const politeMs = 2_000;
const politeTimes = 10;
const grownBytesMax = 128 * 1024 * 1024;
const answerWithinMs = 5_000;
const appendPath = '/eventstream.eventstore.v1.EventStoreService/Append';
const readLogPath = '/eventstream.eventstore.v1.EventStoreService/ReadLog';
const subscribePath = '/eventstream.eventstore.v1.EventStoreService/Subscribe';
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

async function open(t: TestContext, environment: Record<string, string> = {}) {
  const database = await bootstrapped();
  const [port, nobody] = [await freePort(), await freePort()];
  const { healthPort } = await startService(t, {
    EVENTSTOREDB_URL: database.url,
    NATS_URL: `nats://127.0.0.1:${nobody}`,
    GRPC_PORT: String(port),
    LOG_LEVEL: 'fatal',
    ...environment,
  });
  const store = grpcEventStore({ address: `127.0.0.1:${port}`, logger, appendTimeoutMs: 30_000 });
  t.after(() => store.close());
  const waitMs = async (): Promise<number> => {
    const startedMs = performance.now();
    assert.equal((await store.append(placeOrder())).kind, 'appended');
    return performance.now() - startedMs;
  };
  const usual: number[] = [];
  for (let count = 0; count < 5; count += 1) usual.push(await waitMs());
  return {
    port,
    store,
    residentBytes: () => residentBytesOf(healthPort),
    /** Somebody who behaves is served as ever. */
    assertOthersAreServed: async (): Promise<void> => {
      const waitedMs = await waitMs();
      assert.ok(
        waitedMs < Math.max(politeMs, politeTimes * Math.max(...usual)),
        `a polite caller waited ${waitedMs} ms`,
      );
    },
  };
}

/** Sends bytes to the bare port; resolves when the server closes, or nothing comes for long enough. */
function throwAt(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.end(bytes);
  });
}

function session(t: TestContext, port: number): ClientHttp2Session {
  const opened = connectHttp2(`http://127.0.0.1:${port}`);
  opened.on('error', () => {});
  t.after(() => opened.destroy());
  return opened;
}

/** One message as gRPC frames it; `claimed` is the length that the frame says. */
function framed(message: Uint8Array, { claimed = message.length, compressed = 0 } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(claimed, 1);
  return Buffer.concat([head, message]);
}

/** Begins a call of the method at this path. */
function begin(http2: ClientHttp2Session, path: string, headers: Record<string, string> = {}): ClientHttp2Stream {
  return http2.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
}

/** Calls `Append` with these bytes; its gRPC status, or undefined when the stream ended without one. */
function call(
  http2: ClientHttp2Session,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  return new Promise((resolve) => {
    let status: number | undefined;
    const take = (answer: Record<string, unknown>): void => {
      if (typeof answer['grpc-status'] === 'string') status = Number(answer['grpc-status']);
    };
    const stream = begin(http2, appendPath, headers);
    stream.setTimeout(answerWithinMs, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('error', () => {});
    stream.on('close', () => resolve(status));
    stream.resume();
    stream.end(bytes);
  });
}

const anyText = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.toWellFormed());
/** Appends that the protocol can carry, with whatever in their fields. */
const strangeAppends = fc
  .record({
    log: fc.oneof({ weight: 4, arbitrary: fc.constant('ORDERS') }, anyText),
    stream: fc.oneof({ weight: 4, arbitrary: fc.uuid().map((id) => `order-${id}`) }, anyText),
    expected: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined, freq: 1 }),
    id: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, anyText),
    type: fc.oneof(
      fc.constantFrom('ORDERS.created', 'ORDERS.approved', '$JS.API.STREAM.DELETE.ORDERS', 'ORDERS.>'),
      anyText,
    ),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.jsonValue({ maxDepth: 3 }).map((value) => Buffer.from(JSON.stringify(value))),
      fc.integer({ min: 1, max: 100_000 }).map((depth) => Buffer.from('['.repeat(depth))),
      fc.constantFrom(Buffer.from('{"__proto__":{"a":1}}'), Buffer.from('{"a":"\\u0000"}')),
    ),
    metadata: fc.dictionary(anyText, anyText, { maxKeys: 3 }),
  })
  .map(appendOf);

interface AppendFields {
  readonly log: string;
  readonly stream: string;
  readonly expected: bigint | undefined;
  readonly id: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Record<string, string>;
}

function appendOf({ log: name, stream, expected, id, type, data, metadata }: AppendFields): Uint8Array {
  const write = { stream, ...(expected === undefined ? {} : { expectedRevision: expected }) };
  return toBinary(
    AppendRequestSchema,
    create(AppendRequestSchema, {
      write: { log: name, streams: [{ ...write, events: [{ id, type, data, metadata }] }] },
    }),
  );
}

/** Of several hundred strange ones it may be that none is sound in every field: this one always is. */
const soundAppend = appendOf({
  log: 'ORDERS',
  stream: `order-${newId()}`,
  expected: undefined,
  id: newId(),
  type: 'ORDERS.created',
  data: Buffer.from('{}'),
  metadata: {},
});

const grpcStatus = { ok: 0, invalidArgument: 3, resourceExhausted: 8, unimplemented: 12, internal: 13 } as const;

test('a hostile client of the event store', { timeout: 120_000 }, async (t) => {
  const { port, store, residentBytes, assertOthersAreServed } = await open(t);
  const before = await residentBytes();

  await t.test('that does not speak HTTP/2 is cut off', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([preface, bytes])),
    );
    await fc.assert(
      fc.asyncProperty(noise, (bytes) => throwAt(port, bytes)),
      { numRuns: 200 },
    );
    await assertOthersAreServed();
  });

  await t.test('that sends what is no message, or says a wrong length, gets a status and costs no memory', async () => {
    const http2 = session(t, port);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const status = await call(http2, framed(bytes));
        assert.notEqual(status, undefined, 'an answer without a status');
      }),
      { numRuns: 200 },
    );
    assert.equal(await call(http2, framed(Buffer.alloc(16), { claimed: 0xffff_ffff })), grpcStatus.resourceExhausted);
    assert.equal(await call(http2, framed(Buffer.alloc(5 * 1024 * 1024))), grpcStatus.resourceExhausted);
    const packed = await call(http2, framed(Buffer.alloc(64), { compressed: 1 }), { 'grpc-encoding': 'unheard-of' });
    assert.equal(packed, grpcStatus.unimplemented);
    await assertOthersAreServed();
  });

  await t.test('that appends whatever the protocol carries stores nothing that does not parse', async () => {
    const http2 = session(t, port);
    const answers = new Set<number>();
    await fc.assert(
      fc.asyncProperty(strangeAppends, async (bytes) => {
        const status = await call(http2, framed(bytes));
        assert.ok(status !== undefined && status !== grpcStatus.internal, `answered ${status}`);
        answers.add(status);
      }),
      { numRuns: 400, examples: [[soundAppend]] },
    );
    assert.ok(
      answers.has(grpcStatus.ok) && answers.has(grpcStatus.invalidArgument),
      'some may be stored, and some not',
    );
    for (let after = nowhere; ; ) {
      const page = await store.readLog(ordersLog, after, { limit: 1_000 });
      // Nothing at all is a fact without details, as the seed's programs write it, and is read as {}.
      for (const { data } of page.events)
        if (data.byteLength > 0) JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
      if (page.scannedTo >= page.head) break;
      after = page.scannedTo;
    }
    await assertOthersAreServed();
  });

  await t.test('that opens calls and resets them at once, thousands of times, keeps nobody out', async () => {
    const abuser = session(t, port);
    for (let count = 0; count < 5_000 && !abuser.destroyed && !abuser.closed; count += 1) {
      const stream = begin(abuser, appendPath);
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      if (count % 500 === 0) await assertOthersAreServed();
    }
    await assertOthersAreServed();
  });

  await t.test('that holds a thousand connections and says nothing keeps nobody out', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        await new Promise<void>((resolve) => socket.once('connect', resolve));
        if (index % 2 === 0) socket.write(preface);
        return socket;
      }),
    );
    for (let count = 0; count < 10; count += 1) await assertOthersAreServed();
    for (const socket of sockets) socket.destroy();
    await assertOthersAreServed();
  });

  assert.ok((await residentBytes()) - before < grownBytesMax, 'memory is bounded');
});

test('a thousand subscribers of the log that take nothing leave the event store its memory', {
  timeout: 60_000,
}, async (t) => {
  // Half of what it has in a system; and events that it does not remember, so that each subscriber has a page of its own.
  const { port, store, assertOthersAreServed } = await open(t, { NODE_OPTIONS: '--max-old-space-size=256' });
  for (let thousands = 0; thousands < 6; thousands += 1)
    await Promise.all(Array.from({ length: 1_000 }, () => store.append(placeOrder())));
  const message = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { log: ordersLog }));
  assert.equal(await takeNothing(t, port, subscribePath, message), 1_000);
  for (let count = 0; count < 10; count += 1) await assertOthersAreServed();
});

/** A write of one event of so many bytes. */
function writeOf(bytes: number): Write {
  const write = placeOrder();
  const [stream] = write.streams;
  const [event] = stream.events;
  const data = Buffer.from(JSON.stringify({ text: 'x'.repeat(bytes) }));
  return { ...write, streams: [{ ...stream, events: [{ ...event, data }] }] };
}

/** Calls a thousand times on a connection of its own, and takes none of the answers. How many were not refused. */
async function takeNothing(t: TestContext, port: number, path: string, message: Uint8Array): Promise<number> {
  const http2 = session(t, port);
  let answered = 0;
  let refused = 0;
  for (let asked = 0; asked < 1_000; asked += 1) {
    const stream = begin(http2, path);
    stream.on('error', () => {});
    stream.on('response', (headers) => {
      if (headers['grpc-status'] === undefined) answered += 1;
      else refused += 1;
    });
    stream.end(framed(message));
    stream.pause();
  }
  await eventually(
    () => answered + refused,
    (count) => count === 1_000,
    { withinMs: 30_000 },
  );
  return answered;
}

test('thousands of calls whose answers nobody takes are refused before they fill the memory, and others read on', {
  timeout: 60_000,
}, async (t) => {
  const { port, store, residentBytes, assertOthersAreServed } = await open(t);
  await Promise.all(Array.from({ length: 600 }, () => store.append(writeOf(4_000))));
  const before = await residentBytes();
  const log = { log: ordersLog };
  const readLog = toBinary(ReadLogRequestSchema, create(ReadLogRequestSchema, { ...log, limit: 1_000, asRows: true }));
  const pages = await takeNothing(t, port, readLogPath, readLog);
  // Each holds a megabyte, and a connection 32.
  assert.ok(pages > 20 && pages < 40, `${pages} pages wait to be taken`);
  await takeNothing(t, port, subscribePath, toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, log)));
  assert.ok((await residentBytes()) - before < 3 * grownBytesMax, 'memory is bounded');
  assert.equal((await store.readLog(ordersLog, nowhere, { limit: 10 })).events.length, 10);
  await assertOthersAreServed();
});
