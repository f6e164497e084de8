import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isProblem, Problem } from '@eventstream/service-kit';
import type { Burst } from './api/floor.ts';
import { type Action, type AuditTrail, audited, type Ending } from './audit.ts';
import { BurstRunner, burstLimits } from './burst.ts';
import { consoleProblems } from './problems.ts';
import { mixedKinds, samples } from './samples.ts';

const action: Action = { by: 'ada', action: 'cancel', subject: 'order', why: 'asked by phone' };

function trail(change: Partial<AuditTrail> = {}) {
  const rows: (Action & Partial<Ending>)[] = [];
  const kept: AuditTrail = {
    asked: async (_, asked) => void rows.push(asked),
    ended: async (_, asked, ending) => void rows.push({ ...asked, ...ending }),
    list: async () => ({ lines: [], nextCursor: null }),
    ...change,
  };
  return { kept, rows };
}

describe('an action', () => {
  const refusal = new Problem(consoleProblems.ordersRefused, 'the order is approved');

  test('is written down before it is done, and what came of it after', async () => {
    const { kept, rows } = trail();
    let rowsBefore = 0;
    const run = async () => {
      rowsBefore = rows.length;
      return 'Cancelled';
    };
    assert.equal(await audited(kept, action, { run, says: (status) => `it is ${status}` }), 'Cancelled');
    assert.equal(rowsBefore, 1);
    assert.deepEqual(rows[1], { ...action, outcome: 'done', says: 'it is Cancelled' });
  });

  test('that is refused, or fails, is written down as such', async () => {
    const { kept, rows } = trail();
    await audited(kept, action, { run: async () => refusal, says: () => '' });
    await assert.rejects(audited(kept, action, { run: () => Promise.reject(new Error('broke')), says: () => '' }));
    assert.deepEqual(
      [rows[1]?.outcome, rows[1]?.says, rows[3]?.outcome],
      ['refused', 'the order is approved', 'failed'],
    );
  });

  test('that cannot be written down is not done', async () => {
    const { kept } = trail({ asked: () => Promise.reject(new Error('away')) });
    let done = false;
    const answer = await audited(kept, action, {
      run: async () => {
        done = true;
        return 1;
      },
      says: () => '',
    });
    assert.ok(isProblem(answer) && !done);
  });
});

describe('a burst', () => {
  const whole = (runner: BurstRunner, orders: number): Promise<Burst> =>
    new Promise((resolve) => runner.start({ orders, perSecond: 200, mix: 'mixed' }, 'ada', resolve));

  test('places as many as it was asked for, few at once, and one burst at a time', async () => {
    const kinds: string[] = [];
    let inHand = 0;
    let most = 0;
    const runner = new BurstRunner(async (kind) => {
      kinds.push(kind);
      inHand += 1;
      most = Math.max(most, inHand);
      await new Promise((resolve) => setImmediate(resolve));
      inHand -= 1;
      return {};
    });
    const running = whole(runner, 60);
    assert.ok(isProblem(runner.start({ orders: 1, perSecond: 1, mix: 'good' }, 'eve', () => {})));
    const { placed, failed } = await running;
    assert.deepEqual([placed, failed, kinds.length], [60, 0, 60]);
    assert.ok(most <= burstLimits.atOnceMax);
    assert.ok(mixedKinds.every((kind) => kinds.includes(kind)));
  });

  test('counts what was refused and says why; stopped, it places no more', async () => {
    const runner = new BurstRunner(async () => new Problem(consoleProblems.ordersRefused, 'the house is full'));
    const { failed, trouble } = await whole(runner, 3);
    assert.deepEqual([failed, trouble?.says], [3, 'the house is full']);
    const stopping = new BurstRunner(async () => {
      stopping.stop();
      return {};
    });
    assert.ok((await whole(stopping, 2_000)).placed < 2_000);
  });
});

test('a mixed burst has only kinds that there are', () => {
  const known = new Set(samples.map(({ kind }) => kind));
  assert.ok(mixedKinds.every((kind) => known.has(kind)));
});
