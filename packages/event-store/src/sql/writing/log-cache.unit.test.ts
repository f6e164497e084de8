import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation, ordersLog, position } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { LogCache } from './log-cache.ts';

test('a log is shared from when others were seen to write until thirty-two commits had nobody in between', () => {
  const cache = new LogCache({ recent: { eventsMax: 10, bytesMax: 1_000 }, streamsMax: 10 });
  const life = incarnation(newId());
  const headAt = (at: number) => cache.sawHead({ log: ordersLog, position: position(at), incarnation: life });
  headAt(7);
  assert.equal(cache.isShared, false, 'the first look at a log says nothing of who wrote it');
  headAt(8);
  for (let commit = 1; commit <= 32; commit += 1) {
    assert.equal(cache.isShared, true, `before commit ${commit}`);
    headAt(8);
    cache.committed([]);
  }
  assert.equal(cache.isShared, false);
});
