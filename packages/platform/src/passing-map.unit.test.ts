import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PassingMap } from './passing-map.ts';

describe('a map for what soon goes', () => {
  test('keeps what was set last under a key until it is taken, in the order in which keys came', () => {
    const map = new PassingMap<string, { readonly n: number }>();
    map.set('a', { n: 1 });
    map.set('b', { n: 2 });
    map.set('a', { n: 3 });
    assert.deepEqual(
      [...map.entries()],
      [
        ['a', { n: 3 }],
        ['b', { n: 2 }],
      ],
    );
    assert.deepEqual(map.take('a'), { n: 3 });
    assert.equal(map.take('a'), undefined);
    assert.equal(map.has('a'), false);
    assert.equal(map.get('b')?.n, 2);
    assert.equal(map.size, 1);
  });

  test('entries may be taken while it is gone through', () => {
    const map = new PassingMap<number, { readonly n: number }>();
    for (let n = 0; n < 5; n += 1) map.set(n, { n });
    for (const { n } of map.values()) if (n < 3) map.take(n);
    assert.deepEqual([...map.values()], [{ n: 3 }, { n: 4 }]);
    map.clear();
    assert.equal(map.size, 0);
  });
});
