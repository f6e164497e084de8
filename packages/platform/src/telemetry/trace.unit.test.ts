import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Batcher } from '../batcher.ts';
import { createSampler } from './sampling.ts';
import {
  currentTraceparent,
  isKept,
  isTracing,
  joinTrace,
  setRecording,
  startSpan,
  traceparentOf,
  withoutTrace,
  withParent,
  withSpan,
} from './trace.ts';

const KEPT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const NOT_KEPT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const TRACE_ID = KEPT.slice(3, 35);

const exporter = new InMemorySpanExporter();
let keep = true;

beforeEach(() => {
  exporter.reset();
  keep = true;
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  setRecording({ tracer: provider.getTracer('test'), sampler: () => keep });
});

afterEach(() => setRecording(undefined));

function names(): string[] {
  return exporter.getFinishedSpans().map((span) => span.name);
}

describe('spans', () => {
  test('nest: a child has its parent’s trace, and all are exported', async () => {
    await withSpan('order', { kind: 'server', attributes: { items: 2 } }, async (order) => {
      await withSpan('append', {}, async (append) => {
        assert.equal(append.spanContext().traceId, order.spanContext().traceId);
      });
    });
    assert.deepEqual(names(), ['append', 'order']);
    const [append, order] = exporter.getFinishedSpans();
    assert.equal(append?.parentSpanContext?.spanId, order?.spanContext().spanId);
    assert.deepEqual(order?.attributes, { items: 2 });
  });

  test('follow a traceparent from elsewhere, also against the active span', async () => {
    await withSpan('poll', {}, async () => {
      await withSpan('handle', { kind: 'consumer', parent: KEPT }, async () => {
        assert.equal(currentTraceparent()?.slice(3, 35), TRACE_ID);
      });
    });
    const handled = exporter.getFinishedSpans().find((span) => span.name === 'handle');
    assert.equal(handled?.parentSpanContext?.spanId, KEPT.slice(36, 52));
  });

  test('an invalid traceparent begins a new trace', async () => {
    for (const parent of ['', 'nonsense', '00-00000000000000000000000000000000-0000000000000000-01']) {
      await withSpan('handle', { parent }, async () => assert.ok(currentTraceparent() !== undefined));
    }
    assert.deepEqual(names(), ['handle', 'handle', 'handle']);
  });

  test('record what was thrown and throw it on', async () => {
    const error = new Error('no money');
    await assert.rejects(
      withSpan('debit', {}, async () => {
        throw error;
      }),
      error,
    );
    const [span] = exporter.getFinishedSpans();
    assert.equal(span?.status.message, 'no money');
    assert.equal(span?.events[0]?.name, 'exception');
  });

  test('link to earlier attempts', async () => {
    await withSpan('retry', { links: [KEPT, 'nonsense'] }, async () => {});
    assert.deepEqual(
      exporter.getFinishedSpans()[0]?.links.map((link) => link.context.traceId),
      [TRACE_ID],
    );
  });

  test('made by hand are children of the active span without becoming it', async () => {
    await withSpan('batch', {}, async (batch) => {
      const item = startSpan('item');
      assert.equal(currentTraceparent(), traceparentOf(batch));
      assert.notEqual(traceparentOf(item), traceparentOf(batch));
      item.end();
    });
    assert.deepEqual(names(), ['item', 'batch']);
  });
});

describe('a trace of a thing', () => {
  test('is joined by a late request in a span that links to the request', async () => {
    await withSpan('cancel', {}, (cancel) =>
      joinTrace(KEPT, 'record', async () => {
        assert.equal(currentTraceparent()?.slice(3, 35), TRACE_ID);
        const { traceId } = cancel.spanContext();
        assert.notEqual(traceId, TRACE_ID);
      }),
    );
    const [record, cancel] = exporter.getFinishedSpans();
    assert.equal(record?.parentSpanContext?.spanId, KEPT.slice(36, 52));
    assert.equal(record?.links[0]?.context.traceId, cancel?.spanContext().traceId);
  });

  test('is not joined again by what belongs to it, nor by work that knows no other', async () => {
    await withSpan('handle', { parent: KEPT }, () => joinTrace(KEPT, 'record', async () => {}));
    await withSpan('place', {}, () => joinTrace(undefined, 'record', async () => {}));
    assert.deepEqual(names(), ['handle', 'place']);
  });

  test('begins with work that belongs to none', async () => {
    await joinTrace(undefined, 'record', async () => assert.match(currentTraceparent() ?? '', /-01$/));
    assert.deepEqual(names(), ['record']);
  });
});

describe('a batch', () => {
  const doubled = async (items: readonly number[]): Promise<number[]> => {
    assert.equal(currentTraceparent(), undefined, 'a batch is nobody’s alone');
    return items.map((item) => item * 2);
  };

  test('leaves a span in the trace of each member that is traced, and belongs to none itself', async () => {
    const batcher = new Batcher<number, number>({ maxItems: 10, maxQueued: 10, span: 'commit', run: doubled });
    const traced = ['a', 'b'].map((name, at) => withSpan(name, {}, () => batcher.submit(at)));
    const untraced = withSpan('c', { parent: NOT_KEPT }, () => batcher.submit(2));
    assert.deepEqual(await Promise.all([...traced, untraced]), [0, 2, 4]);
    const commits = exporter.getFinishedSpans().filter((span) => span.name === 'commit');
    assert.equal(new Set(commits.map((span) => span.spanContext().traceId)).size, 2);
    assert.deepEqual(
      commits.map((span) => span.attributes['batch.items']),
      [3, 3],
    );
  });

  test('that fails shows it in the trace of each member', async () => {
    const run = async (): Promise<number[]> => Promise.reject(new Error('no database'));
    const batcher = new Batcher<number, number>({ maxItems: 10, maxQueued: 10, span: 'commit', run });
    await assert.rejects(withSpan('a', {}, () => batcher.submit(1)));
    assert.equal(exporter.getFinishedSpans()[0]?.status.message, 'no database');
  });
});

describe('a trace that is not kept', () => {
  test('is decided at its first span; all below follow, and its id still travels', async () => {
    keep = false;
    await withSpan('order', {}, async (order) => {
      keep = true; // must make no difference any more
      const outer = currentTraceparent();
      assert.match(outer ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      await withSpan('append', {}, async (append) => {
        assert.equal(append, order);
        assert.equal(currentTraceparent(), outer);
        assert.equal(isTracing(), false);
      });
    });
    assert.deepEqual(names(), []);
  });

  test('a parent from elsewhere that is not kept is followed', async () => {
    await withSpan('handle', { parent: NOT_KEPT }, async () => assert.equal(currentTraceparent(), NOT_KEPT));
    assert.deepEqual(names(), []);
  });

  test('is what a read begins, whatever the sampler says', async () => {
    await withSpan('get', { begins: false }, async () => assert.match(currentTraceparent() ?? '', /-00$/));
    await withSpan('get', { begins: false, parent: KEPT }, async () => {});
    assert.deepEqual(names(), ['get']);
  });

  test('is told from one that is by a look at its traceparent', () => {
    assert.deepEqual([isKept(KEPT), isKept(NOT_KEPT), isKept(undefined)], [true, false, false]);
    setRecording(undefined);
    assert.equal(isKept(KEPT), false);
  });

  test('work on behalf of many is outside of any', async () => {
    await withSpan('one of many', {}, async () => {
      withoutTrace(() => assert.equal(currentTraceparent(), undefined));
      assert.notEqual(currentTraceparent(), undefined);
    });
  });

  test('without any exporter ids are made and travel, and a kept parent stays marked as kept', async () => {
    setRecording(undefined);
    await withSpan('order', {}, async () => assert.match(currentTraceparent() ?? '', /-00$/));
    await withSpan('handle', { parent: KEPT }, async () => assert.equal(currentTraceparent(), KEPT));
    assert.equal(await withParent(NOT_KEPT, async () => currentTraceparent()), NOT_KEPT);
    assert.equal(currentTraceparent(), undefined);
  });
});

describe('a sampler', () => {
  test('keeps no more than so many traces in one second', () => {
    let nowMs = 5_000;
    const sampler = createSampler({ ratio: 1, perSecond: 3 }, { nowMs: () => nowMs });
    const kept = (): number => Array.from({ length: 100 }, sampler).filter(Boolean).length;
    assert.equal(kept(), 3);
    nowMs = 5_999;
    assert.equal(kept(), 0);
    nowMs = 6_000;
    assert.equal(kept(), 3);
  });

  test('keeps the given share', () => {
    const values = [0.1, 0.5, 0.9, 0.3];
    let next = 0;
    const random = (): number => values[next++ % values.length] ?? 0;
    const sampler = createSampler({ ratio: 0.4, perSecond: 100 }, { nowMs: () => 0 }, random);
    assert.deepEqual([sampler(), sampler(), sampler(), sampler()], [true, false, false, true]);
  });
});
