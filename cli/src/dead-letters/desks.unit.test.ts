import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, orderEventTypes, ordersLog, position, revision, streamName } from '@eventstream/contracts';
import { codeOf, newId } from '@eventstream/platform';
import type { DeadLetter, DeadLetterDesk, Decision } from '@eventstream/worker';
import { joinDesks } from './desks.ts';

function letterAt(at: number): DeadLetter {
  return {
    id: newId(),
    consumer: 'someone',
    eventId: eventId(newId()),
    type: orderEventTypes.created,
    log: ordersLog,
    position: position(at),
    stream: streamName('order-1'),
    revision: revision(1),
    reason: 'poison',
    stack: undefined,
    attempts: 1,
    firstAtMs: 0,
    lastAtMs: 0,
    state: 'open',
    resolvedBy: undefined,
    resolvedWhy: undefined,
  };
}

/** A desk over these letters that notes what was decided. */
function deskOf(letters: readonly DeadLetter[], decided: string[]): DeadLetterDesk {
  const decide =
    (what: string) =>
    async (id: string, { by, why }: Decision) => {
      if (!letters.some((letter) => letter.id === id)) return { kind: 'unknown' } as const;
      if (decided.some((line) => line.includes(id))) return { kind: 'notOpen', state: 'discarded' } as const;
      decided.push(`${what} ${id} by ${by}: ${why}`);
      return { kind: 'decided' } as const;
    };
  return {
    list: async ({ limit }) => letters.slice(0, limit),
    get: async (id) => letters.find((letter) => letter.id === id),
    redrive: decide('redrive'),
    discard: decide('discard'),
  };
}

describe('the desks of all databases as one', () => {
  const [first, second, third] = [letterAt(1), letterAt(2), letterAt(3)];
  const decided: string[] = [];
  const desks = joinDesks([deskOf([first, third], decided), deskOf([second], decided)]);

  test('list by position, over all of them', async () => {
    assert.deepEqual(await desks.list({ limit: 2 }), [first, second]);
  });
  test('find a letter wherever it is', async () => {
    assert.equal(await desks.get(second.id), second);
    await assert.rejects(desks.get(newId()), (error) => codeOf(error) === 'dead_letter_unknown');
  });
  test('decide once, with who and why', async () => {
    await desks.decide(second.id, 'discard', { by: 'ada', why: 'a test' });
    assert.deepEqual(decided, [`discard ${second.id} by ada: a test`]);
    const again = desks.decide(second.id, 'redrive', { by: 'ada', why: 'again' });
    await assert.rejects(again, (error) => codeOf(error) === 'dead_letter_decided');
    const unknown = desks.decide(newId(), 'redrive', { by: 'ada', why: 'no such' });
    await assert.rejects(unknown, (error) => codeOf(error) === 'dead_letter_unknown');
  });
});
