/** Spans leave for a collector, and an absent one disturbs nobody. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { createLogger, type Logger } from './logger.ts';
import { withSpan } from './trace.ts';
import { PatientExporter, startTracing } from './trace-export.ts';

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function capture(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
  return { logger: createLogger({ service: 'test', level: 'info', destination }), lines };
}

for (const [exporter, path] of [
  ['zipkin', '/api/v2/spans'],
  ['otlp', '/v1/traces'],
] as const) {
  test(`spans reach ${exporter} by the time tracing has stopped`, async () => {
    const received: { url: string | undefined; body: Buffer }[] = [];
    const collector = createServer((request, response) => {
      const receive = async (): Promise<void> => {
        received.push({ url: request.url, body: await bodyOf(request) });
        response.end();
      };
      receive().catch((error: Error) => response.destroy(error));
    });
    const url = await listen(collector);
    const { logger, lines } = capture();
    const sampling = { ratio: 1, perSecond: 100 };
    const clock = { nowMs: () => Date.now() };
    const tracing = await startTracing({
      service: 'ordersvc',
      target: { exporter, url: url + path },
      sampling,
      logger,
      clock,
    });
    await withSpan('place order', {}, async () => {});
    await tracing.stop();
    collector.close();
    assert.equal(received.length, 1);
    assert.equal(received[0]?.url, path);
    assert.match(received[0].body.toString('latin1'), /place order/);
    assert.match(received[0].body.toString('latin1'), /ordersvc/);
    assert.deepEqual(lines, []);
  });
}

function deliver(exporter: SpanExporter, count: number): Promise<void> {
  const spans = Array.from({ length: count }, (): ReadableSpan => Object.create(null));
  return new Promise((resolve) => exporter.export(spans, () => resolve()));
}

test('an absent collector costs one line a minute, and callers never hear of it', async () => {
  const { logger, lines } = capture();
  let nowMs = 0;
  const failing: SpanExporter = {
    export: (_spans, done) => done({ code: ExportResultCode.FAILED, error: new Error('connect ECONNREFUSED') }),
    shutdown: async () => {},
  };
  const target = { exporter: 'zipkin', url: 'http://user:hunter2@localhost:1/' } as const;
  const exporter = new PatientExporter(failing, { target, logger, clock: { nowMs: () => nowMs } });
  for (; nowMs < 120_000; nowMs += 1_000) await deliver(exporter, 10);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /"spansDropped":600/);
  assert.match(lines[0] ?? '', /ECONNREFUSED/);
  assert.doesNotMatch(lines.join(), /hunter2/);
});

test('while a collector hangs, one batch is held and the others are dropped', async () => {
  const { logger, lines } = capture();
  const held: ReadableSpan[][] = [];
  const hanging: SpanExporter = { export: (spans) => void held.push(spans), shutdown: async () => {} };
  const target = { exporter: 'otlp', url: 'http://localhost:1/' } as const;
  const exporter = new PatientExporter(hanging, { target, logger, clock: { nowMs: () => 0 } });
  void deliver(exporter, 10);
  for (let batch = 0; batch < 100; batch += 1) await deliver(exporter, 10);
  assert.equal(held.length, 1);
  assert.equal(lines.length, 1);
});
