import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createLogger, systemClock } from '@eventstream/platform';
import { createHttpApp } from '@eventstream/service-kit/http';
import type { ZipkinSpan } from '../api/traces.ts';
import { zipkinReadRoutes, zipkinWriteRoutes } from '../http/zipkin-routes.ts';
import { spansOfTraceMax, TraceStore } from './trace-store.ts';

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const span = (trace: number, id: number, change: Partial<ZipkinSpan> = {}): ZipkinSpan => ({
  traceId: hex(trace, 32),
  id: hex(id, 16),
  name: 'place',
  timestamp: trace * 1_000_000,
  duration: 10,
  localEndpoint: { serviceName: 'ordersvc' },
  ...change,
});
const everything = { endMs: 1_000_000, lookbackMs: 1_000_000, limit: 10 };

describe('held traces', () => {
  test('stay within their number and their bytes: the oldest make room', () => {
    const few = new TraceStore({ tracesMax: 3, bytesMax: 1_000_000 });
    for (let n = 1; n <= 5; n += 1) few.add([span(n, 1)]);
    assert.deepEqual([few.trace(hex(2, 32)), few.held().traces, few.held().dropped], [undefined, 3, 2]);
    const small = new TraceStore({ tracesMax: 1_000, bytesMax: 10_000 });
    for (let n = 1; n <= 50; n += 1) small.add([span(n, 1, { tags: { text: 'x'.repeat(1_000) } })]);
    assert.ok(small.held().bytes <= 10_000);
    assert.ok(small.held().traces < 10 && small.trace(hex(50, 32)) !== undefined);
  });

  test('do not grow by a trace without end, nor by spans that are sent again', () => {
    const store = new TraceStore({ tracesMax: 3, bytesMax: 1_000_000_000 });
    store.add(Array.from({ length: spansOfTraceMax + 100 }, (_, id) => span(1, id)));
    assert.equal(store.held().spans, spansOfTraceMax);
    store.add([span(1, 0), span(1, 1)]);
    assert.equal(store.held().spans, spansOfTraceMax);
  });

  test('count a span that is sent again with more in it by what it has become', () => {
    const store = new TraceStore({ tracesMax: 1_000, bytesMax: 10_000 });
    store.add([span(1, 1), span(2, 1)]);
    store.add([span(2, 1, { tags: { text: 'x'.repeat(9_700) } })]);
    assert.deepEqual([store.trace(hex(1, 32)), store.held().spans], [undefined, 1], 'the oldest made room');
    store.add([span(2, 1)]);
    assert.ok(store.held().bytes < 1_000);
  });

  test('are found by service, name, tag, duration and time, newest first', () => {
    const store = new TraceStore({ tracesMax: 9, bytesMax: 1_000_000 });
    store.add([
      span(1, 1),
      span(2, 1, { tags: { error: 'no', kind: 'a' } }),
      span(3, 1, { name: 'Cancel', duration: 99 }),
    ]);
    const found = (query: object) =>
      store.find({ ...everything, ...query }).map(([first]) => Number.parseInt(first?.traceId ?? '', 16));
    assert.deepEqual(found({}), [3, 2, 1]);
    assert.deepEqual(found({ limit: 1 }), [3]);
    assert.deepEqual(found({ service: 'ORDERSVC', span: 'cancel' }), [3]);
    assert.deepEqual(found({ service: 'other' }), []);
    assert.deepEqual(
      found({
        tags: [
          { key: 'error', value: undefined },
          { key: 'kind', value: 'a' },
        ],
      }),
      [2],
    );
    assert.deepEqual(found({ minMicros: 50 }), [3]);
    assert.deepEqual(found({ endMs: 2_000, lookbackMs: 500 }), [2]);
  });

  test('say who called whom', () => {
    const store = new TraceStore({ tracesMax: 9, bytesMax: 1_000_000 });
    const worker = { localEndpoint: { serviceName: 'worker' } };
    store.add([
      span(1, 1),
      span(1, 2, { parentId: hex(1, 16), ...worker }),
      span(1, 3, { parentId: hex(2, 16), ...worker }),
    ]);
    store.add([span(2, 1), span(2, 2, { parentId: hex(1, 16), tags: { error: 'x' }, ...worker })]);
    assert.deepEqual(store.dependencies(everything), [
      { parent: 'ordersvc', child: 'worker', callCount: 2, errorCount: 1 },
    ]);
  });
});

describe('the Zipkin API', () => {
  const served = () => {
    const app = createHttpApp({ logger: createLogger({ service: 'test', level: 'silent' }) });
    const parts = { traces: new TraceStore({ tracesMax: 9, bytesMax: 1_000_000 }), clock: systemClock };
    zipkinWriteRoutes(app, parts);
    zipkinReadRoutes(app, '', parts);
    const post = (payload: Buffer | string, headers: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url: '/api/v2/spans',
        payload,
        headers: { 'content-type': 'application/json', ...headers },
      });
    return { app, post };
  };

  test('takes spans as JSON, plain and gzip, and gives the trace back', async () => {
    const { app, post } = served();
    assert.equal((await post(JSON.stringify([span(1, 1)]))).statusCode, 202);
    const zipped = await post(gzipSync(JSON.stringify([span(1, 2)])), { 'content-encoding': 'gzip' });
    assert.equal(zipped.statusCode, 202, zipped.body);
    const trace = await app.inject(`/api/v2/trace/${hex(1, 32)}`);
    assert.equal(trace.json().length, 2);
    assert.equal((await app.inject(`/api/v2/trace/${hex(1, 16)}`)).json().length, 2, 'by its short id too');
    assert.deepEqual((await app.inject('/api/v2/services')).json(), ['ordersvc']);
    assert.deepEqual((await app.inject('/api/v2/spans?serviceName=ordersvc')).json(), ['place']);
    assert.equal((await app.inject(`/api/v2/trace/${hex(9, 32)}`)).json().code, 'trace-not-found');
  });

  test('refuses what is no list of spans, what is too large when it is unpacked, and what is no gzip', async () => {
    const { app, post } = served();
    assert.equal((await post('[{"traceId":"x"}]')).statusCode, 400);
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 0x20));
    assert.equal((await post(bomb, { 'content-encoding': 'gzip' })).statusCode, 413);
    assert.ok((await post('[]', { 'content-encoding': 'gzip' })).statusCode >= 400);
    assert.equal((await app.inject('/api/v2/services')).statusCode, 200, 'and goes on');
  });
});
