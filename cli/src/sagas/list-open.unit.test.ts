import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOpen } from './list-open.ts';

const open = {
  undoing: ['u1', 'u2'],
  running: ['r1', 'r2'],
  done: ['never'],
  undone: ['never'],
} as const;

const upTo = (limit: number) =>
  listOpen(limit, async ({ status, limit: most }) => {
    assert.ok(most >= 1, 'a page has at least one');
    const sagas = open[status].slice(0, most);
    return sagas.length < open[status].length ? { sagas, next: 'more' } : { sagas };
  });

test('sagas that have not ended are listed, those that are being undone first', async () => {
  assert.deepEqual(await upTo(9), { sagas: ['u1', 'u2', 'r1', 'r2'], hasMore: false });
  assert.deepEqual(await upTo(3), { sagas: ['u1', 'u2', 'r1'], hasMore: true });
  assert.deepEqual(await upTo(2), { sagas: ['u1', 'u2'], hasMore: true });
  assert.deepEqual(await upTo(1), { sagas: ['u1'], hasMore: true });
});
