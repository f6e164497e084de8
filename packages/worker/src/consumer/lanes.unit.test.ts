import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Lanes } from './lanes.ts';

/** Jobs that end when told to. */
function controlled() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, job, end };
}

describe('lanes', () => {
  test('run jobs of one lane one after another, and of several side by side', async () => {
    const { started, job, end } = controlled();
    const lanes = new Lanes(10);
    for (const name of ['a1', 'a2', 'b1']) lanes.add(name.slice(0, 1), job(name));
    assert.deepEqual(started, ['a1', 'b1']);
    await end('a1');
    assert.deepEqual(started, ['a1', 'b1', 'a2']);
  });

  test('run no more at once than they may, and the longest waiting lane is next', async () => {
    const { started, job, end } = controlled();
    const lanes = new Lanes(1);
    for (const name of ['a1', 'a2', 'b1']) lanes.add(name.slice(0, 1), job(name));
    assert.deepEqual(started, ['a1']);
    await end('a1');
    assert.deepEqual(started, ['a1', 'b1']);
    assert.equal(lanes.running, 1);
  });

  test('are idle when the last job has ended', async () => {
    const { job, end } = controlled();
    const lanes = new Lanes(1);
    let idle = false;
    lanes.add('a', job('a1'));
    lanes.add('b', job('b1'));
    const waiting = lanes.whenIdle().then(() => (idle = true));
    await end('a1');
    assert.equal(idle, false);
    await end('b1');
    await waiting;
    assert.equal(lanes.idle, true);
  });
});
