import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { logName, metadataKeys } from '@eventstream/contracts';
import { currentTraceparent, setRecording } from '@eventstream/platform';
import { recordedEvents } from '@eventstream/testing/contracts';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { tracedPage } from './page-spans.ts';

const exporter = new InMemorySpanExporter();
const traceOf = (order: string, flags: string): string => `00-${order.repeat(32)}-b7ad6b7169203331-${flags}`;
const [first, second, third] = recordedEvents(logName('ORDERS'), { count: 3 });
assert(first && second && third);
const page = [
  { ...first, metadata: { [metadataKeys.traceparent]: traceOf('a', '01') } },
  { ...second, metadata: { [metadataKeys.traceparent]: traceOf('b', '00') } },
  { ...third, metadata: {} },
];

before(() => {
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  setRecording({ tracer: provider.getTracer('test'), sampler: () => true });
});
after(() => setRecording(undefined));
beforeEach(() => exporter.reset());

describe('a page', () => {
  test('shows in the traces of its events that are traced, and belongs to none', async () => {
    assert.equal(await tracedPage('projector', page, async () => currentTraceparent() ?? 'none'), 'none');
    const spans = exporter.getFinishedSpans();
    assert.deepEqual(
      spans.map((span) => [span.name, span.spanContext().traceId, span.attributes['batch.items']]),
      [[`projector apply ${first.type}`, 'a'.repeat(32), 3]],
    );
  });

  test('that cannot be applied shows why', async () => {
    const failure = tracedPage('projector', page, async () => Promise.reject(new Error('no database')));
    await assert.rejects(failure, /no database/);
    assert.equal(exporter.getFinishedSpans()[0]?.status.message, 'no database');
  });
});
