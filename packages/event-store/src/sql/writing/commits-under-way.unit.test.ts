import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, eventType, logName, noRevision, nowhere, position, streamName } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import type { Write } from '../../port.ts';
import { CommitsUnderWay } from './commits-under-way.ts';

const log = logName('LOG');

function writeTo(stream: string, id: string = newId()): Write {
  const event = { id: eventId(id), type: eventType('LOG.happened'), data: Buffer.from('{}'), metadata: {} };
  return { log, streams: [{ stream: streamName(stream), expected: noRevision, events: [event] }] };
}

/** Commits that end when told, at the place that they are told, and what happened, in its order. */
function world() {
  const underWay = new CommitsUnderWay();
  const happened: string[] = [];
  const answers = new Map<string, { ends(at: number): void; fails(): void }>();
  let head = nowhere;
  const commit = (name: string, writes: readonly Write[], alone = false): Promise<void> =>
    underWay
      .run({ writes, alone }, async (one) => {
        happened.push(`${name} begins`);
        const at = await new Promise<number>((resolve, reject) => {
          const fails = (): void => {
            happened.push(`${name} fails`);
            reject(new Error('lost'));
          };
          answers.set(name, { ends: resolve, fails });
        });
        await underWay.inOrder(one, position(at), () => head);
        head = position(at + 1);
        happened.push(`${name} ends`);
      })
      .catch(() => {});
  const answer = (name: string) => {
    const one = answers.get(name);
    assert(one, `${name} has not begun`);
    return one;
  };
  return { commit, answer, happened };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Two that have nothing in common have begun. */
async function bothUnderWay() {
  const { commit, answer, happened } = world();
  void commit('a', [writeTo('order-1')]);
  void commit('b', [writeTo('order-2')]);
  await turn();
  return { answer, happened };
}

describe('commits under way at once', () => {
  test('begin beside each other when they have nothing in common', async () => {
    const { happened } = await bothUnderWay();
    assert.deepEqual(happened, ['a begins', 'b begins']);
  });

  test('wait for one with the same stream, or the same id', async () => {
    const { commit, answer, happened } = world();
    const id = newId();
    void commit('a', [writeTo('order-1', id)]);
    void commit('stream', [writeTo('order-1')]);
    void commit('id', [writeTo('order-2', id)]);
    await turn();
    assert.deepEqual(happened, ['a begins']);
    answer('a').ends(0);
    await turn();
    answer('stream').fails();
    await turn();
    assert.deepEqual(happened, ['a begins', 'a ends', 'stream begins', 'stream fails', 'id begins']);
  });

  test('let one that must be alone wait, and let nobody pass it', async () => {
    const { commit, answer, happened } = world();
    void commit('a', [writeTo('order-1')]);
    void commit('alone', [writeTo('order-2')], true);
    void commit('b', [writeTo('order-3')]);
    await turn();
    assert.deepEqual(happened, ['a begins']);
    answer('a').ends(0);
    await turn();
    assert.deepEqual(happened.slice(2), ['alone begins']);
    answer('alone').ends(1);
    await turn();
    assert.deepEqual(happened.slice(3), ['alone ends', 'b begins']);
  });

  test('end in the order of their places, not of their answers', async () => {
    const { answer, happened } = await bothUnderWay();
    answer('b').ends(1);
    await turn();
    assert.deepEqual(happened.slice(2), []);
    answer('a').ends(0);
    await turn();
    assert.deepEqual(happened.slice(2), ['a ends', 'b ends']);
  });

  test('go on at once when the one that set out later was stored first', async () => {
    const { answer, happened } = await bothUnderWay();
    answer('b').ends(0);
    await turn();
    assert.deepEqual(happened.slice(2), ['b ends']);
    answer('a').ends(1);
    await turn();
    assert.deepEqual(happened.slice(3), ['a ends']);
  });

  test('do not wait for each other for ever when a stranger was stored before both', async () => {
    const { answer, happened } = await bothUnderWay();
    answer('b').ends(8);
    answer('a').ends(7);
    await turn();
    assert.deepEqual(happened.slice(2), ['a ends', 'b ends']);
  });

  test('take what lies between for a stranger’s once the other one has failed', async () => {
    const { answer, happened } = await bothUnderWay();
    answer('b').ends(1);
    await turn();
    answer('a').fails();
    await turn();
    assert.deepEqual(happened.slice(2), ['a fails', 'b ends']);
  });
});
