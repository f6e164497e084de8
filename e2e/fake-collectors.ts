/** Stand-ins for Zipkin and for an OTLP collector: they keep every span they are sent, in one shape. */
import { createServer, type IncomingMessage } from 'node:http';
import { after } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

/** A span, as far as the tests look at it. Ids are lower-case hex. */
export interface SeenSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
}

/** A running stand-in. */
export interface FakeCollector {
  readonly url: string;
  /** In the order they came. */
  readonly spans: readonly SeenSpan[];
  /** What was wrong with anything that was sent; must stay empty. */
  readonly faults: readonly string[];
  /** Goes away. Done by itself after the test file's last test. */
  stop(): Promise<void>;
}

/** Takes Zipkin v2 JSON at /api/v2/spans. */
export function fakeZipkin(): Promise<FakeCollector> {
  return listen('/api/v2/spans', 'application/json', zipkinSpans);
}

/** Takes OTLP over HTTP, as protobuf, at /v1/traces. */
export function fakeOtlpCollector(): Promise<FakeCollector> {
  return listen('/v1/traces', 'application/x-protobuf', otlpSpans);
}

const running: FakeCollector[] = [];
after(async () => {
  for (const collector of running) await collector.stop();
});

async function listen(path: string, type: string, decode: (body: Buffer) => SeenSpan[]): Promise<FakeCollector> {
  const spans: SeenSpan[] = [];
  const faults: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.method !== 'POST' || request.url !== path || request.headers['content-type'] !== type)
        faults.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      try {
        spans.push(...decode(body));
      } catch (error) {
        faults.push(String(error));
      }
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  const started: FakeCollector = {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  running.push(started);
  return started;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const zipkinJson = Type.Array(
  Type.Object({
    traceId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    parentId: Type.Optional(Type.String()),
    name: Type.String(),
    localEndpoint: Type.Object({ serviceName: Type.String() }),
  }),
);

function zipkinSpans(body: Buffer): SeenSpan[] {
  return Value.Parse(zipkinJson, JSON.parse(body.toString())).map(({ traceId, id, parentId, name, localEndpoint }) => ({
    traceId,
    id,
    parentId,
    name,
    service: localEndpoint.serviceName,
  }));
}

/** The bytes of each field of a message that has any, by number; field numbers are those of opentelemetry-proto. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else reader.skip(wireType, number);
  }
  return fields;
}

function all(bytes: Uint8Array, ...path: readonly number[]): Uint8Array[] {
  const [field, ...rest] = path;
  if (field === undefined) return [bytes];
  return (fieldsOf(bytes).get(field) ?? []).flatMap((part) => all(part, ...rest));
}

function otlpSpans(body: Buffer): SeenSpan[] {
  return all(body, 1).flatMap((resourceSpans) => {
    const service = serviceNameOf(all(resourceSpans, 1, 1));
    return all(resourceSpans, 2, 2).map((span) => {
      const fields = fieldsOf(span);
      const hex = (number: number): string => Buffer.from(fields.get(number)?.[0] ?? []).toString('hex');
      const name = Buffer.from(fields.get(5)?.[0] ?? []).toString();
      return { traceId: hex(1), id: hex(2), parentId: hex(4) || undefined, name, service };
    });
  });
}

function serviceNameOf(attributes: readonly Uint8Array[]): string {
  const found = attributes.find((attribute) => Buffer.from(all(attribute, 1)[0] ?? []).toString() === 'service.name');
  return found === undefined ? '' : Buffer.from(all(found, 2, 1)[0] ?? []).toString();
}
