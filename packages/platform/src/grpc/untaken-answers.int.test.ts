/** Callers that ask and do not take the answers, over real connections. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { eventually } from '@eventstream/testing/eventually';
import { createLogger } from '../telemetry/logger.ts';
import { metrics } from '../telemetry/metrics.ts';
import { GrpcStatusError, grpcClient, implement, startGrpcServer, status } from './index.ts';
import { CountRequestSchema, EchoRequestSchema, EchoService } from './testdata/gen/echo_pb.ts';

const lines = new PassThrough();
let logged = '';
lines.on('data', (chunk: Buffer) => (logged += chunk.toString()));
const logger = createLogger({ service: 'test', level: 'warn', destination: lines });
const answerBytes = 512 * 1024;
const limits = { maxUntakenBytesPerConnection: 4 * answerBytes, maxUntakenBytes: 12 * answerBytes };
const asked = 20;
/** Some above the limit: the one that reaches it is still sent. */
const perConnection = 4;

type Reads = Parameters<typeof implement<typeof EchoService>>[2];

/** `Echo` answers much, `Count` nothing large. */
async function serve(t: TestContext, reads: Reads) {
  const counted: number[] = [];
  const echo = implement(
    EchoService,
    {
      echo: async ({ text }) => ({ text: text.padEnd(answerBytes, 'x') }),
      count: async function* ({ upto }) {
        for (let number = 1; number <= upto; number += 1) {
          counted.push(number);
          yield { number };
        }
      },
      converse: async () => {},
    },
    reads,
  );
  const server = await startGrpcServer({ address: '127.0.0.1', port: 0, implementations: [echo], logger, limits });
  const client = grpcClient(EchoService, `127.0.0.1:${server.port}`);
  t.after(async () => {
    client.close();
    await server.stop();
  });
  return { client, counted, port: server.port };
}

interface Untaken {
  readonly session: ClientHttp2Session;
  readonly streams: readonly ClientHttp2Stream[];
  /** Status of a call that was refused, 'answered' of one whose answer waits. */
  readonly outcomes: readonly (string | string[])[];
}

/** Begins a call that takes nothing but the headers of its answer. */
function begin(session: ClientHttp2Session, method: string, message: Uint8Array): ClientHttp2Stream {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const stream = session.request({
    ':method': 'POST',
    ':path': `/eventstream.testdata.v1.EchoService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.pause();
  stream.end(Buffer.concat([head, message]));
  return stream;
}

/** Calls `Echo` again and again, on a connection of its own. */
async function askOnly(port: number): Promise<Untaken> {
  const session = connect(`http://127.0.0.1:${port}`);
  const message = toBinary(EchoRequestSchema, create(EchoRequestSchema, { text: 'much' }));
  const outcomes: (string | string[])[] = [];
  const streams = Array.from({ length: asked }, () => {
    const stream = begin(session, 'Echo', message);
    stream.on('response', (headers) => outcomes.push(headers['error-code'] ?? 'answered'));
    return stream;
  });
  await eventually(
    () => outcomes.length,
    (count) => count === asked,
  );
  return { session, streams, outcomes };
}

function answeredOf({ outcomes }: Untaken): number {
  return outcomes.filter((outcome) => outcome === 'answered').length;
}

async function heldBytes(): Promise<number> {
  const [value] = (await metrics.getSingleMetric('grpc_server_untaken_bytes')?.get())?.values ?? [];
  return value?.value ?? Number.NaN;
}

test('a connection that takes no answers is refused beyond its limit, others are answered, and so is it once it is done', async (t) => {
  const { client, port } = await serve(t, ['echo']);
  const untaken = await askOnly(port);
  const { session, streams, outcomes } = untaken;
  assert.equal(answeredOf(untaken), perConnection);
  assert.equal(outcomes.filter((outcome) => outcome === 'answers_not_taken').length, asked - perConnection);
  assert.ok((await heldBytes()) >= perConnection * answerBytes);
  assert.equal((await client.calls.echo({ text: 'polite' })).text.length, answerBytes);
  for (const stream of streams) stream.resume();
  await eventually(heldBytes, (bytes) => bytes === 0);
  session.destroy();
});

test('a few connections that take nothing leave room for those that take their answers', async (t) => {
  const { client, port } = await serve(t, ['echo']);
  const connections = [];
  for (let count = 0; count < 3; count += 1) connections.push(await askOnly(port));
  assert.deepEqual(connections.map(answeredOf), [4, 4, 1]);
  for (const { session } of connections) {
    const peer = `127.0.0.1:${session.socket.localPort}`;
    await eventually(
      () => logged,
      (text) => text.includes(`"peer":"${peer}"`),
    );
  }
  for (let count = 0; count < 3; count += 1)
    assert.equal((await client.calls.echo({ text: 'polite' })).text.length, answerBytes);
  for (const { session } of connections) session.destroy();
  await eventually(heldBytes, (bytes) => bytes === 0);
});

test('what many connections do not take is bounded, too, and forgotten when they are gone', async (t) => {
  const { client, port } = await serve(t, ['echo']);
  const connections = [];
  for (let count = 0; count < 7; count += 1) connections.push(await askOnly(port));
  assert.deepEqual(connections.map(answeredOf), [4, 4, 1, 1, 1, 1, 0]);
  await assert.rejects(client.calls.echo({ text: 'polite' }), (error) => {
    assert.ok(error instanceof GrpcStatusError);
    assert.deepEqual([error.status, error.code], [status.RESOURCE_EXHAUSTED, 'answers_not_taken']);
    assert.equal(error.nextStep, 'ask again later');
    return true;
  });
  for (const { session } of connections) session.destroy();
  await eventually(heldBytes, (bytes) => bytes === 0);
  assert.equal((await client.calls.echo({ text: 'polite' })).text.length, answerBytes);
});

test('whoever changes something is always answered', async (t) => {
  const { port } = await serve(t, []);
  const { session, outcomes } = await askOnly(port);
  assert.deepEqual(new Set(outcomes), new Set(['answered']));
  session.destroy();
  await eventually(heldBytes, (bytes) => bytes === 0);
});

test('a stream of answers is asked for no more than one beside the one that waits to be taken', async (t) => {
  const { port, counted } = await serve(t, ['count']);
  // No window at all: not even a small answer leaves.
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  begin(session, 'Count', toBinary(CountRequestSchema, create(CountRequestSchema, { upto: 100 })));
  await eventually(
    () => counted,
    (numbers) => numbers.length > 1,
  );
  await new Promise<void>((resolve, reject) => {
    session.ping((error) => (error === null ? resolve() : reject(error)));
  });
  assert.deepEqual(counted, [1, 2]);
  session.destroy();
  await eventually(heldBytes, (bytes) => bytes === 0);
});
