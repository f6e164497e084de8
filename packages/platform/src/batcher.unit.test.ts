import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Batcher, QueueFull, Rejected } from './batcher.ts';

interface Gate {
  readonly batches: number[][];
  /** Lets the oldest batch under way finish. */
  open(): void;
  run(items: readonly number[]): Promise<number[]>;
}

/** A `run` that finishes only when told. */
function gate(): Gate {
  const batches: number[][] = [];
  const waiting: (() => void)[] = [];
  return {
    batches,
    open: () => waiting.shift()?.(),
    run: async (items) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return items.map((item) => item * 10);
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a batcher', () => {
  test('starts at once when idle, with all that came in the same turn', async () => {
    const { batches, open, run } = gate();
    const batcher = new Batcher({ maxItems: 10, maxQueued: 10, run });
    const results = Promise.all([1, 2, 3].map((item) => batcher.submit(item)));
    await turn();
    assert.deepEqual(batches, [[1, 2, 3]]);
    open();
    assert.deepEqual(await results, [10, 20, 30]);
  });

  test('gathers what arrives while the previous batch is under way', async () => {
    const { batches, open, run } = gate();
    const batcher = new Batcher({ maxItems: 10, maxQueued: 10, run });
    const first = batcher.submit(1);
    await turn();
    const later = [batcher.submit(2), batcher.submit(3)];
    await turn();
    assert.deepEqual(batches, [[1]]);
    open();
    await first;
    await turn();
    assert.deepEqual(batches, [[1], [2, 3]]);
    open();
    assert.deepEqual(await Promise.all(later), [20, 30]);
  });

  test('keeps batches within their count and bytes, and sends an oversized item alone', async () => {
    const sizes: number[][] = [];
    const batcher = new Batcher<number, number>({
      maxItems: 3,
      maxBytes: 100,
      sizeOf: (item) => item,
      maxQueued: 100,
      run: async (items) => {
        sizes.push([...items]);
        return items;
      },
    });
    await Promise.all([1, 1, 1, 1, 60, 60, 500, 40, 60, 1].map((item) => batcher.submit(item)));
    assert.deepEqual(sizes, [[1, 1, 1], [1, 60], [60], [500], [40, 60], [1]]);
  });

  test('refuses at once when its line is full, and takes items again when there is room', async () => {
    const { open, run } = gate();
    const batcher = new Batcher({ maxItems: 2, maxQueued: 2, run });
    const taken = [batcher.submit(1), batcher.submit(2)];
    assert.throws(() => batcher.submit(3), QueueFull);
    await turn();
    assert.equal(batcher.queued, 0);
    assert.equal(batcher.inFlight, 1);
    taken.push(batcher.submit(3));
    open();
    await Promise.all(taken.slice(0, 2));
    await turn();
    open();
    assert.deepEqual(await Promise.all(taken), [10, 20, 30]);
  });

  test('fails a batch for its members only', async () => {
    const batcher = new Batcher<number, number>({
      maxItems: 2,
      maxQueued: 10,
      run: async (items) => {
        if (items.includes(1)) throw new Error('no');
        return items;
      },
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item)));
    assert.deepEqual(
      results.map((result) => result.status),
      ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
    );
  });

  test('fails a single item of a batch where its answer says so', async () => {
    const batcher = new Batcher<number, number>({
      maxItems: 10,
      maxQueued: 10,
      run: async (items) => items.map((item) => (item === 2 ? new Rejected(new Error('not two')) : item * 10)),
    });
    const [first, second, third] = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
    assert.deepEqual(first, { status: 'fulfilled', value: 10 });
    assert.equal(second?.status, 'rejected');
    assert.deepEqual(third, { status: 'fulfilled', value: 30 });
  });

  test('fails a batch whose answers are not one per item, and one whose run throws before it promises', async () => {
    const short = new Batcher<number, number>({ maxItems: 9, maxQueued: 9, run: async (items) => items.slice(1) });
    await assert.rejects(short.submit(1), { code: 'batch_result_mismatch' });
    const throwing = new Batcher<number, number>({
      maxItems: 9,
      maxQueued: 9,
      run: () => {
        throw new Error('at once');
      },
    });
    await assert.rejects(throwing.submit(1), /at once/);
  });

  test('keeps several batches under way when allowed', async () => {
    const { batches, open, run } = gate();
    const batcher = new Batcher({ maxItems: 1, maxQueued: 10, maxInFlight: 2, run });
    const results = [1, 2, 3].map((item) => batcher.submit(item));
    await turn();
    assert.deepEqual(batches, [[1], [2]]);
    open();
    await results[0];
    await turn();
    assert.deepEqual(batches, [[1], [2], [3]]);
    open();
    open();
    await Promise.all(results);
  });

  test('starts beside a batch under way only when enough wait, and leaves half of a crowd to that', async () => {
    const { batches, open, run } = gate();
    const batcher = new Batcher({ maxItems: 10, maxQueued: 20, maxInFlight: 2, overlapFrom: 2, run });
    const results = [1, 2, 3].map((item) => batcher.submit(item));
    await turn();
    assert.deepEqual(batches, [[1, 2, 3]], 'too few to be cut in two');
    results.push(batcher.submit(4));
    await turn();
    assert.deepEqual(batches, [[1, 2, 3]], 'one alone waits for company');
    results.push(batcher.submit(5));
    await turn();
    assert.deepEqual(batches, [
      [1, 2, 3],
      [4, 5],
    ]);
    open();
    open();
    await Promise.all(results);
    results.push(...[6, 7, 8, 9, 10].map((item) => batcher.submit(item)));
    await turn();
    assert.deepEqual(batches.slice(2), [
      [6, 7, 8],
      [9, 10],
    ]);
    open();
    open();
    assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  test('cuts no crowd and starts nothing beside a batch under way while that is not allowed', async () => {
    const { batches, open, run } = gate();
    let allowed = false;
    const mayOverlap = (): boolean => allowed;
    const batcher = new Batcher({ maxItems: 10, maxQueued: 20, maxInFlight: 2, overlapFrom: 2, mayOverlap, run });
    const results = [1, 2, 3, 4].map((item) => batcher.submit(item));
    await turn();
    results.push(batcher.submit(5), batcher.submit(6));
    await turn();
    assert.deepEqual(batches, [[1, 2, 3, 4]]);
    allowed = true;
    results.push(batcher.submit(7));
    await turn();
    assert.deepEqual(batches.slice(1), [[5, 6, 7]]);
    open();
    open();
    await Promise.all(results);
  });

  test('on closing refuses new items and finishes those in hand', async () => {
    const { open, run } = gate();
    const batcher = new Batcher({ maxItems: 1, maxQueued: 10, run });
    const results = Promise.all([batcher.submit(1), batcher.submit(2)]);
    const closed = Promise.all([batcher.close(), batcher.close()]);
    assert.throws(() => batcher.submit(3), { code: 'batcher_closed' });
    await turn();
    open();
    await turn();
    await turn();
    open();
    assert.deepEqual(await results, [10, 20]);
    await closed;
    await batcher.close();
  });

  test('answers every item its own result, once and in order, whatever the bounds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 120 }),
        async (items, maxItems, maxBytes) => {
          const seen: number[] = [];
          const batcher = new Batcher<number, number>({
            maxItems,
            maxBytes,
            sizeOf: (item) => item,
            maxQueued: 1_000,
            run: async (batch) => {
              assert.ok(batch.length <= maxItems);
              assert.ok(batch.length === 1 || batch.reduce((total, item) => total + item, 0) <= maxBytes);
              seen.push(...batch);
              return batch.map((item) => item + 1);
            },
          });
          const results = await Promise.all(items.map((item) => batcher.submit(item)));
          assert.deepEqual(
            results,
            items.map((item) => item + 1),
          );
          assert.deepEqual(seen, items);
        },
      ),
      { numRuns: 50 },
    );
  });
});
