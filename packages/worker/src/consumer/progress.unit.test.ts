import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nowhere, position } from '@eventstream/contracts';
import * as fc from 'fast-check';
import { Progress } from './progress.ts';

describe('progress', () => {
  test('does not move by deliveries alone: only the store knows that nothing lies in between', () => {
    const progress = new Progress();
    progress.settle(position(1));
    progress.settle(position(2));
    assert.equal(progress.mark, 0);
    progress.scanned([1, 2].map(position), position(5), 0);
    assert.equal(progress.mark, 5);
  });

  test('stops before the first event that nobody has settled', () => {
    const progress = new Progress();
    progress.settle(position(3));
    progress.scanned([1, 3, 4].map(position), position(6), 10);
    assert.equal(progress.mark, 0);
    progress.settle(position(1));
    assert.equal(progress.mark, 3);
    assert.deepEqual(progress.unsettledSince(10), [4]);
    assert.deepEqual(progress.unsettledSince(9), []);
  });

  test('never has a mark at or beyond an unsettled event, whatever happens in which order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('settle' as const), at: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ kind: fc.constant('scan' as const), at: fc.integer({ min: 1, max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 30 })), fc.array(step), (ofTheType, steps) => {
        const progress = new Progress();
        const settled = new Set<number>();
        let mark = nowhere;
        for (const { kind, at } of steps) {
          if (kind === 'settle' && ofTheType.includes(at)) {
            settled.add(at);
            progress.settle(position(at));
          }
          if (kind === 'scan') {
            const found = ofTheType.filter((one) => one > progress.scannedTo && one <= at);
            progress.scanned(found.toSorted((left, right) => left - right).map(position), position(at), 0);
          }
          assert.ok(progress.mark >= mark, 'a mark never goes back');
          mark = progress.mark;
          for (const one of ofTheType) {
            assert.ok(one > mark || settled.has(one), `${one} is unsettled below the mark ${mark}`);
            if (settled.has(one)) assert.ok(progress.isSettled(position(one)));
          }
        }
      }),
    );
  });
});
