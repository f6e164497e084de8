import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsOf, readSamples } from './metrics-text.ts';

test('samples are read with and without labels; comments and other names are passed over', () => {
  const page = '# HELP lag Waiting\n# TYPE lag gauge\nlag 3\nlag{consumer="a b",x="}"} 4.5\nother 1\n\nlag_sum NaN';
  assert.deepEqual(
    readSamples(page, (name) => name === 'lag'),
    [
      { name: 'lag', labels: '', value: 3 },
      { name: 'lag', labels: 'consumer="a b",x="}"', value: 4.5 },
    ],
  );
});

test('labels are read as they were meant, whatever they hold', () => {
  const [sample] = readSamples('a{x="1",path="C:\\\\\\"}\\n",y=""} 2', () => true);
  assert.ok(sample);
  assert.deepEqual(
    [...labelsOf(sample)],
    [
      ['x', '1'],
      ['path', 'C:\\"}\n'],
      ['y', ''],
    ],
  );
});
