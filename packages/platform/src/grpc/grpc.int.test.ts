/** The server and the client against each other, over a real connection. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { eventually } from '@eventstream/testing/eventually';
import { holdPort } from '@eventstream/testing/held-port';
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { QueueFull } from '../batcher.ts';
import { createLogger } from '../telemetry/logger.ts';
import { currentTraceparent, withParent } from '../telemetry/trace.ts';
import { EncodedMessage } from './encoded-message.ts';
import {
  type GrpcClient,
  type GrpcServer,
  GrpcStatusError,
  grpcClient,
  implement,
  startGrpcServer,
  status,
} from './index.ts';
import { CountResponseSchema, EchoResponseSchema, EchoService } from './testdata/gen/echo_pb.ts';

const lines = new PassThrough();
let logged = '';
lines.on('data', (chunk: Buffer) => {
  logged += chunk.toString();
});
const logger = createLogger({ service: 'test', level: 'info', destination: lines });
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

let cancelledStreams = 0;
let slowBegan = Promise.withResolvers<void>();

const echo = implement(EchoService, {
  echo: async ({ text, number }, context) => {
    if (text === 'conflict') {
      throw new GrpcStatusError({
        status: status.ABORTED,
        code: 'conflict',
        message: 'the stream has moved on',
        details: { expected: 3n, actual: 4n },
        nextStep: 'load it again and decide anew',
      });
    }
    if (text === 'full') throw new QueueFull(7);
    if (text === 'bug') throw new Error('the password is hunter2');
    if (text === 'slow') {
      slowBegan.resolve();
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    }
    return { text, number, traceparent: currentTraceparent() ?? '' };
  },
  count: async function* ({ upto }, context) {
    try {
      for (let number = 1; number <= upto; number += 1) yield { number };
      if (upto === 0) await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    } finally {
      if (context.signal.aborted) cancelledStreams += 1;
    }
  },
  converse: async (call) => {
    for await (const { text } of call.requests) {
      if (text === 'bug') throw new Error('the password is hunter2');
      await call.send({ text: text.toUpperCase() });
    }
  },
});

let server: GrpcServer;
let client: GrpcClient<typeof EchoService>;

before(async () => {
  server = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations: [echo], logger });
  client = grpcClient(EchoService, `127.0.0.1:${server.port}`);
  await client.ready(5_000);
});

after(async () => {
  client.close();
  await server.stop();
});

async function failureOf(promise: Promise<unknown>): Promise<GrpcStatusError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GrpcStatusError, `expected a GrpcStatusError, got ${String(error)}`);
  return error;
}

describe('unary calls', () => {
  test('carry messages both ways, 64-bit numbers as bigint', async () => {
    const answer = await client.calls.echo({ text: 'hello', number: 2n ** 60n });
    assert.equal(answer.text, 'hello');
    assert.equal(answer.number, 2n ** 60n);
  });

  test('are part of the caller’s trace', async () => {
    const answer = await withParent(TRACEPARENT, () => client.calls.echo({ text: 'hello' }));
    assert.equal(answer.traceparent.slice(0, 35), TRACEPARENT.slice(0, 35));
  });

  test('an error thrown with a status arrives with code, values and next step', async () => {
    const error = await failureOf(client.calls.echo({ text: 'conflict' }));
    assert.equal(error.status, status.ABORTED);
    assert.equal(error.code, 'conflict');
    assert.deepEqual(error.details, { expected: '3', actual: '4' });
    assert.equal(error.nextStep, 'load it again and decide anew');
  });

  test('a full queue is RESOURCE_EXHAUSTED', async () => {
    const error = await failureOf(client.calls.echo({ text: 'full' }));
    assert.equal(error.status, status.RESOURCE_EXHAUSTED);
    assert.equal(error.code, 'queue_full');
  });

  test('an unexpected error is INTERNAL, tells the caller nothing and the log everything', async () => {
    logged = '';
    const error = await failureOf(client.calls.echo({ text: 'bug' }));
    assert.equal(error.status, status.INTERNAL);
    assert.doesNotMatch(JSON.stringify([error.message, error.details]), /hunter2/);
    assert.match(logged, /hunter2/);
    assert.equal(logged.trim().split('\n').length, 1);
  });

  test('an answer that its handler has encoded arrives as it is, unless it is of another message', async (t) => {
    const answers = [
      new EncodedMessage(
        EchoResponseSchema,
        Buffer.from(toBinary(EchoResponseSchema, create(EchoResponseSchema, { text: 'hello' }))),
      ),
      new EncodedMessage(CountResponseSchema, Buffer.alloc(0)),
    ];
    const handlers = new Map([['echo', () => Promise.resolve(answers.shift())]]);
    const implementations = [{ ...echo, handlers: new Map([...echo.handlers, ...handlers]) }];
    const encoding = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations, logger });
    const caller = grpcClient(EchoService, `127.0.0.1:${encoding.port}`);
    t.after(async () => {
      caller.close();
      await encoding.stop();
    });
    assert.equal((await caller.calls.echo({})).text, 'hello');
    assert.equal((await failureOf(caller.calls.echo({}))).status, status.INTERNAL);
  });

  test('end at their deadline, and the handler learns of it', async () => {
    const error = await failureOf(client.calls.echo({ text: 'slow' }, { timeoutMs: 100 }));
    assert.equal(error.status, status.DEADLINE_EXCEEDED);
    const [, seconds] = /^no answer from 127\.0\.0\.1:\d+ within (\d+(?:\.\d{1,2})?) s$/.exec(error.message) ?? [];
    // How long it really was: the machine may stand still meanwhile, and the library begins to count a little late.
    assert.ok(Number(seconds) > 0, `in words for people: ${error.message}`);
  });

  test('can be cancelled', async () => {
    const abort = new AbortController();
    slowBegan = Promise.withResolvers();
    const answer = failureOf(client.calls.echo({ text: 'slow' }, { signal: abort.signal }));
    await slowBegan.promise;
    abort.abort();
    assert.equal((await answer).status, status.CANCELLED);
  });

  test('a message over the limit is RESOURCE_EXHAUSTED', async () => {
    const error = await failureOf(client.calls.echo({ text: 'x'.repeat(5 * 1024 * 1024) }));
    assert.equal(error.status, status.RESOURCE_EXHAUSTED);
  });

  test('metadata over the limit is RESOURCE_EXHAUSTED', async () => {
    const error = await failureOf(client.calls.echo({ text: 'hello' }, { metadata: { large: 'x'.repeat(9_000) } }));
    assert.equal(error.status, status.RESOURCE_EXHAUSTED);
    assert.equal(error.code, 'metadata_too_large');
  });

  test('an absent server is UNAVAILABLE', async () => {
    const nobody = grpcClient(EchoService, '127.0.0.1:1');
    const refused = await failureOf(nobody.calls.echo({ text: 'hello' }));
    assert.equal(refused.status, status.UNAVAILABLE);
    assert.match(refused.message, /^no connection: connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
    const error = await failureOf(nobody.ready(50));
    assert.equal(error.code, 'grpc_not_connected');
    nobody.close();
  });
});

describe('streams', () => {
  test('a stream of answers arrives whole and in order', async () => {
    const numbers: number[] = [];
    for await (const { number } of client.calls.count({ upto: 5_000 })) numbers.push(number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 5_000 }, (_, index) => index + 1),
    );
  });

  test('leaving a stream of answers ends it on the server', async () => {
    const seen = cancelledStreams;
    for await (const { number } of client.calls.count({ upto: 1_000_000 })) if (number === 10) break;
    const cancelled = await eventually(
      () => cancelledStreams,
      (count) => count > seen,
    );
    assert.equal(cancelled, seen + 1);
  });

  test('a conversation answers each message, keeps order, and ends when the caller has finished', async () => {
    const stream = client.calls.converse();
    const texts = Array.from({ length: 2_000 }, (_, index) => `message ${index}`);
    const sent = (async () => {
      for (const text of texts) await stream.send({ text });
      stream.end();
    })();
    const answers: string[] = [];
    for await (const { text } of stream.responses) answers.push(text);
    await sent;
    assert.deepEqual(
      answers,
      texts.map((text) => text.toUpperCase()),
    );
  });

  test('a conversation whose handler fails ends with its status', async () => {
    const stream = client.calls.converse();
    await stream.send({ text: 'bug' });
    const read = (async () => {
      for await (const _ of stream.responses);
    })();
    assert.equal((await failureOf(read)).status, status.INTERNAL);
  });
});

describe('the server', () => {
  test('says that it is SERVING, and to whoever watches its health that it stops', async () => {
    const own = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations: [echo], logger });
    const raw = new Client(`127.0.0.1:${own.port}`, credentials.createInsecure());
    const watch = healthService['Watch'];
    assert.ok(watch !== undefined);
    const watched = raw.makeServerStreamRequest(watch.path, watch.requestSerialize, watch.responseDeserialize, {
      service: EchoService.typeName,
    });
    watched.on('error', () => {}); // the server cuts it when its patience is over
    const answers = watched[Symbol.asyncIterator]();
    assert.deepEqual((await answers.next()).value, { status: 'SERVING' });
    const stopped = own.stop();
    assert.deepEqual((await answers.next()).value, { status: 'NOT_SERVING' });
    watched.cancel();
    await stopped;
    raw.close();
  });

  test('describes its services by reflection', async () => {
    const { loadSync } = await import('@grpc/proto-loader');
    const path = import.meta.resolve('@grpc/reflection');
    const proto = new URL('../proto/grpc/reflection/v1/reflection.proto', path);
    const definition = loadSync(proto.pathname);
    assert.ok(loadPackageDefinition(definition));
    const service = definition['grpc.reflection.v1.ServerReflection'];
    assert.ok(service !== undefined && 'ServerReflectionInfo' in service);
    const [method] = Object.values(service);
    assert.ok(method !== undefined);
    const raw = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const stream = raw.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    stream.write({ fileContainingSymbol: 'eventstream.testdata.v1.EchoService' });
    const answer = await new Promise((resolve) => stream.once('data', resolve));
    stream.end();
    raw.close();
    assert.match(JSON.stringify(answer), /fileDescriptorResponse/);
  });

  test('says which port is taken and which setting moves it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const starting = startGrpcServer({
      address: '127.0.0.1',
      port: address.port,
      implementations: [echo],
      logger,
      portSetting: 'EVENTSTORE_PORT',
    });
    await assert.rejects(starting, {
      code: 'port_taken',
      message: `port ${address.port} is in use; set EVENTSTORE_PORT to another one`,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  test('a server whose port an outgoing connection holds starts when that has ended, and says that it waits', async () => {
    const held = await holdPort();
    const starting = startGrpcServer({ address: '127.0.0.1', port: held.port, implementations: [echo], logger });
    await eventually(
      () => logged,
      (text) => text.includes('held by a connection that goes out from it'),
    );
    held.release();
    const own = await starting;
    assert.equal(own.port, held.port);
    await own.stop();
  });

  test('on stopping it ends streams with UNAVAILABLE after what is in hand, well within its patience', async () => {
    const own = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations: [echo], logger });
    const caller = grpcClient(EchoService, `127.0.0.1:${own.port}`);
    const conversation = caller.calls.converse();
    await conversation.send({ text: 'hello' });
    const answers = conversation.responses[Symbol.asyncIterator]();
    assert.equal((await answers.next()).value?.text, 'HELLO');
    const endless = (async () => {
      for await (const _ of caller.calls.count({ upto: 0 }));
    })();
    await caller.calls.echo({ text: 'the stream above has reached the server' });
    const startedMs = performance.now();
    const failures = Promise.all([failureOf(answers.next()), failureOf(endless)]);
    await own.stop();
    for (const failure of await failures) {
      assert.equal(failure.status, status.UNAVAILABLE);
      assert.equal(failure.code, 'server_stopping');
    }
    assert.ok(performance.now() - startedMs < 3_000);
    caller.close();
  });
});
