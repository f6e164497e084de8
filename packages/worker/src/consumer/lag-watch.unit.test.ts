import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nowhere } from '@eventstream/contracts';
import { type Consumer, type ConsumerLag } from '@eventstream/messaging';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import { LagWatch } from './lag-watch.ts';

/** A consumer at a broker that has so many events for it, or does not answer. */
class AskedConsumer implements Consumer {
  pending: number | 'no answer' = 0;
  asked = 0;

  async lag(): Promise<ConsumerLag> {
    this.asked += 1;
    if (this.pending === 'no answer') throw new Error('no answer');
    return { pending: this.pending, unsettled: 0, redelivered: 0, deliveredTo: nowhere };
  }

  pause(): void {}
  resume(): void {}
  async stop(): Promise<void> {}
}

function world() {
  const time = new VirtualTime();
  const consumer = new AskedConsumer();
  const lag = new LagWatch('testworker-a', time);
  const look = async (pending: AskedConsumer['pending']): Promise<void> => {
    consumer.pending = pending;
    await time.advance(5_000);
    await lag.askIfDue(time.nowMs(), consumer);
  };
  return { time, consumer, lag, look };
}

describe("a consumer's lag at the broker", () => {
  test('is as old as the first of the looks that have all found events that wait', async () => {
    const { time, lag, look } = world();
    for (const pending of [3, 9]) await look(pending);
    await time.advance(1_000);
    assert.deepEqual(lag.backlog, { events: 9, forMs: 6_000 });
    await look(0);
    assert.deepEqual(lag.backlog, { events: 0, forMs: 0 });
  });

  test('is not known before the broker was asked, which is no fault of the broker', () => {
    const { lag } = world();
    assert.deepEqual(lag.ready, { ok: false, reason: 'testworker-a is starting' });
  });

  test('is a fault while the broker does not answer', async () => {
    const { lag, look } = world();
    await look(2);
    assert.deepEqual(lag.ready, { ok: true });
    await look('no answer');
    assert.partialDeepStrictEqual(lag.ready, {
      ok: false,
      reason: 'testworker-a is not served by the broker: no answer',
    });
    assert.equal(lag.backlog.events, 2, 'what was known last still holds');
  });

  test('is asked for no more often than every five seconds', async () => {
    const { time, consumer, lag, look } = world();
    await look(0);
    await time.advance(4_999);
    await lag.askIfDue(time.nowMs(), consumer);
    assert.equal(consumer.asked, 1);
  });
});
