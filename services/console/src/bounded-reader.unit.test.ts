import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ordersLog } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { memoryOrdersStore } from '@eventstream/testing/orders';
import { boundedReader } from './bounded-reader.ts';

/** A store that answers only when it is let to, and counts how much it has in hand. */
function slowStore() {
  const store = memoryOrdersStore();
  const gates: (() => void)[] = [];
  let inHand = 0;
  let most = 0;
  const reader: EventReader = {
    readStream: (...asked) => store.readStream(...asked),
    readLog: (...asked) => store.readLog(...asked),
    async head(log) {
      inHand += 1;
      most = Math.max(most, inHand);
      await new Promise<void>((open) => gates.push(open));
      inHand -= 1;
      return store.head(log);
    },
  };
  return { reader, open: () => gates.shift()?.(), most: () => most };
}

describe('the store', () => {
  test('has no more of the console’s questions in hand than it may, and answers all of them', async () => {
    const { reader, open, most } = slowStore();
    const bounded = boundedReader(reader, { atOnce: 3, waiting: 20 });
    const asked = Array.from({ length: 20 }, () => bounded.head(ordersLog));
    const all = Promise.all(asked);
    let answered = false;
    void all.then(() => {
      answered = true;
    });
    while (!answered) {
      open();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await all).length, 20);
    assert.equal(most(), 3);
  });

  test('is asked nothing more when too many wait, and goes on after a failure', async () => {
    const { reader, open } = slowStore();
    const bounded = boundedReader(reader, { atOnce: 1, waiting: 1 });
    const [first, second] = [bounded.head(ordersLog), bounded.head(ordersLog)];
    await assert.rejects(bounded.head(ordersLog), { code: 'console_busy' });
    open();
    await first;
    open();
    await second;
    const failing = boundedReader(
      { ...reader, head: () => Promise.reject(new Error('away')) },
      { atOnce: 1, waiting: 1 },
    );
    await assert.rejects(failing.head(ordersLog), /away/);
    await assert.rejects(failing.head(ordersLog), /away/, 'the place was given back');
  });
});
