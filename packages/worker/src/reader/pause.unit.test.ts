import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualTime } from '@eventstream/testing/virtual-time';
import { Pause } from './pause.ts';

/** A pause that notes what it does to its reader. */
function watched() {
  const time = new VirtualTime();
  const seen: string[] = [];
  const stop = new AbortController();
  const effects = {
    began: (_fault: unknown, forMs: number) => void seen.push(`began for ${forMs} ms`),
    ended: () => void seen.push('ended'),
    recovered: () => void seen.push('recovered'),
  };
  const backoff = { firstMs: 100, maxMs: 250, jitter: 'none' } as const;
  return { time, seen, stop, pause: new Pause(time, backoff, { effects, stopping: stop.signal }) };
}

describe('a pause', () => {
  test('grows until the first success, of which its reader is told once, and begins small again', async () => {
    const { time, seen, pause } = watched();
    for (let tries = 0; tries < 3; tries += 1) {
      pause.fault(new Error('no database'), 'events');
      await time.advance(250);
    }
    assert.equal(pause.waitsFor?.reason, 'no database');
    pause.success('events');
    pause.success('events');
    assert.equal(pause.waitsFor, undefined);
    pause.fault('no store', 'events');
    assert.deepEqual(
      seen.filter((what) => what !== 'ended'),
      ['began for 100 ms', 'began for 200 ms', 'began for 250 ms', 'recovered', 'began for 100 ms'],
    );
  });

  test('is not over because something else has worked', async () => {
    const { time, seen, pause } = watched();
    pause.fault('no database', 'events');
    pause.success('events');
    await time.advance(100);
    pause.success('upkeep');
    assert.equal(pause.waitsFor?.reason, 'no database');
    assert.deepEqual(seen, ['began for 100 ms', 'ended']);
  });

  test('does not begin for a reader that stops, and lets go of one that waits', async () => {
    const { time, seen, stop, pause } = watched();
    pause.fault('no database', 'events');
    stop.abort();
    await pause.passed();
    await time.advance(0);
    pause.fault('no database', 'events');
    assert.deepEqual(seen, ['began for 100 ms', 'ended']);
  });
});
