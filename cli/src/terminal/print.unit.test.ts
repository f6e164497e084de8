import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutLines } from './print.ts';

test('a line that is wider than the terminal is cut, and ends with a sign of it', () => {
  assert.equal(cutLines('order  status\n0198   Approved\n', 10), 'order  st…\n0198   Ap…\n');
  assert.equal(cutLines('short\n', 10), 'short\n');
});
