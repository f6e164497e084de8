import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrapped } from './wrap.ts';

describe('a line that is wider than the terminal', () => {
  test('goes on in the next one, between two words', () =>
    assert.equal(wrapped('the broker does not answer', 12), 'the broker\ndoes not\nanswer'));

  test('keeps its indent, and what follows may hang behind it', () => {
    assert.equal(wrapped('  two orders have no end', 14), '  two orders\n  have no end');
    assert.equal(wrapped('  two orders have no end', 14, 2), '  two orders\n    have no\n    end');
  });

  test('is not broken within a command, which somebody may copy', () =>
    assert.equal(wrapped('see `npx eventstream status`, or wait', 12), 'see\n`npx eventstream status`,\nor wait'));

  test('stays whole where there is no terminal', () =>
    assert.equal(wrapped('a  b '.repeat(100), Number.POSITIVE_INFINITY), 'a  b '.repeat(100)));
});
