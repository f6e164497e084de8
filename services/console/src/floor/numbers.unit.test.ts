import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Numbers, perSecond, quantileMs } from './numbers.ts';

const at = (page: string): Numbers => new Numbers(page);

describe('a rate', () => {
  test('is what a counter grew by, per second, over the labels that are asked for', () => {
    const before = at('done_total{outcome="ok"} 10\ndone_total{outcome="bad"} 1');
    const now = at('done_total{outcome="ok"} 30\ndone_total{outcome="bad"} 2');
    assert.equal(perSecond({ before, now, ms: 2_000 }, 'done_total', { outcome: 'ok' }), 10);
    assert.equal(perSecond({ before, now, ms: 2_000 }, 'done_total'), 10.5);
  });

  test('cannot be told from one moment, nor over a new beginning', () => {
    const [one, other] = [at('done_total 5'), at('done_total 3')];
    assert.equal(perSecond({ before: undefined, now: one, ms: 1_000 }, 'done_total'), null);
    assert.equal(perSecond({ before: one, now: other, ms: 1_000 }, 'done_total'), null);
  });

  test('counts from nothing for what was never seen before, and is 0 for what never happened', () => {
    const between = { before: at('x 1'), now: at('x 1\ndone_total 4'), ms: 1_000 };
    assert.equal(perSecond(between, 'done_total'), 4);
    assert.equal(perSecond(between, 'never_total'), 0);
  });
});

describe('a latency', () => {
  const page = (...counts: readonly number[]): Numbers =>
    at(
      ['0.001', '0.01', '0.1', '+Inf']
        .map((le, index) => `s_bucket{le="${le}",operation="place"} ${counts[index]}`)
        .join('\n'),
    );
  const of = { name: 's', where: { operation: 'place' } };

  test('is that of what came between the two moments only', () => {
    const between = { before: page(100, 100, 100, 100), now: page(100, 110, 110, 110), ms: 1_000 };
    assert.equal(quantileMs(between, 0.5, of), 5.5);
    assert.equal(quantileMs(between, 1, of), 10);
  });

  test('beyond the last bucket is its beginning, and of nothing is none', () => {
    assert.equal(quantileMs({ before: page(0, 0, 0, 0), now: page(0, 0, 0, 4), ms: 1 }, 0.5, of), 100);
    assert.equal(quantileMs({ before: page(1, 1, 1, 1), now: page(1, 1, 1, 1), ms: 1 }, 0.5, of), null);
  });
});
