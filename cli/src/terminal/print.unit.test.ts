import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut } from './print.ts';

test('a line that is wider than wanted is cut, and ends with a sign of it', () => {
  assert.equal(cut('order  status', 10), 'order  st…');
  assert.equal(cut('short', 10), 'short');
});
