import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spanTree, summaryOf } from './span-tree.ts';

const span = (id: string, timestamp: number, parentId?: string) => ({
  traceId: 't',
  id,
  name: id,
  timestamp: timestamp * 1000,
  duration: 5000,
  localEndpoint: { serviceName: `svc-${id}` },
  ...(parentId === undefined ? {} : { parentId }),
});

describe('the tree of a trace', () => {
  test('shows each span under its parent, earliest first, in whatever order they came', () => {
    const lines = spanTree([span('c', 30, 'a'), span('b', 20, 'a'), span('d', 40, 'b'), span('a', 10)]);
    assert.deepEqual(
      lines.map(({ span: { id }, depth }) => `${depth}${id}`),
      ['0a', '1b', '2d', '1c'],
    );
  });

  test('loses no span: neither one without its parent, nor those that are each other’s', () => {
    const lines = spanTree([span('lost', 5, 'gone'), span('x', 1, 'y'), span('y', 2, 'x')]);
    assert.deepEqual(lines.map(({ span: { id } }) => id).toSorted(), ['lost', 'x', 'y']);
  });

  test('sums up a trace from its first to its last moment', () => {
    const summary = summaryOf([span('a', 10), { ...span('b', 20, 'a'), tags: { error: 'no' } }]);
    assert.equal(summary?.name, 'a');
    assert.equal(summary?.durationMs, 15);
    assert.equal(summary?.errors, 1);
    assert.deepEqual(summary?.services, ['svc-a', 'svc-b']);
    assert.equal(summaryOf([]), null);
  });
});
