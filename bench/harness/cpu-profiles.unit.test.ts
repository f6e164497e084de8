/** Profiles, added up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profilingOptions, timesByOwner } from './cpu-profiles.ts';

const frame = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url } });

test('time belongs to whose code was running, and idle time to nobody', () => {
  const nodes = [
    frame(1, '(root)'),
    frame(2, '(idle)'),
    frame(3, '(garbage collector)'),
    frame(4, 'append', 'file:///somewhere/packages/event-store/src/append.ts'),
    frame(5, 'query', 'file:///somewhere/node_modules/pg/lib/client.js'),
    frame(6, 'create', 'file:///somewhere/node_modules/@bufbuild/protobuf/dist/create.js'),
    frame(7, 'emit', 'node:events'),
    frame(8, 'writev'),
    frame(9, 'now'),
  ];
  const samples = [2, 3, 4, 4, 5, 6, 7, 8, 9];
  const timeDeltas = [9_000, 1_000, 2_000, 500, 1_000, 1_000, 1_000, 1_000, 1_000];
  assert.deepEqual(Object.fromEntries(timesByOwner({ nodes, samples, timeDeltas })), {
    garbage: 1,
    'packages/event-store': 2.5,
    pg: 1,
    '@bufbuild/protobuf': 1,
    Node: 1,
    'socket writes': 1,
    'built-in functions': 1,
  });
});

test('what Node was told before stays, and a folder’s name may have spaces and quotes', () => {
  assert.equal(
    profilingOptions('/a "b" c', '--enable-source-maps'),
    '--enable-source-maps --cpu-prof --cpu-prof-dir="/a \\"b\\" c"',
  );
});
