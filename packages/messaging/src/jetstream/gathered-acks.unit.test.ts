import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import { GatheredAcks, type GatheredAcksOptions, gatherMs } from './gathered-acks.ts';

/** A consumer's acks, and the sequences of those that were sent. */
function gathering(change: Partial<GatheredAcksOptions> = {}) {
  const time = new VirtualTime();
  const acks = new GatheredAcks({ unsettledMax: 1_000, coversAllBefore: false, scheduler: time, ...change });
  const sent: number[] = [];
  const ack = (...sequences: readonly number[]): void => {
    for (const sequence of sequences) acks.add({ sequence, send: () => sent.push(sequence) });
  };
  return { time, acks, sent, ack };
}

describe('acks of a consumer', () => {
  test('leave together a moment after the first', async () => {
    const { time, sent, ack } = gathering();
    ack(1);
    await time.advance(gatherMs - 1);
    ack(2);
    assert.deepEqual(sent, []);
    await time.advance(1);
    assert.deepEqual(sent, [1, 2]);
    ack(3);
    await time.advance(gatherMs);
    assert.deepEqual(sent, [1, 2, 3]);
  });

  test('leave at once when they are a fourth of what may be unsettled, so that the consumer is handed more', () => {
    const { sent, ack } = gathering({ unsettledMax: 12 });
    ack(1, 2);
    assert.deepEqual(sent, []);
    ack(3);
    assert.deepEqual(sent, [1, 2, 3]);
  });

  test('are one where it covers all before, the furthest, also when an older delivery came again', async () => {
    const { time, sent, ack } = gathering({ coversAllBefore: true });
    ack(7, 9, 8);
    await time.advance(gatherMs);
    assert.deepEqual(sent, [9]);
  });

  test('leave at the close, and at once from then on, and no timer is left', () => {
    const { time, acks, sent, ack } = gathering();
    ack(1);
    acks.close();
    ack(2);
    assert.deepEqual(sent, [1, 2]);
    assert.equal(time.timers, 0);
  });
});
