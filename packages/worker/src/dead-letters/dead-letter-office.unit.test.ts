import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, eventType, logName, position, revision, streamName } from '@eventstream/contracts';
import { codeOf, newId } from '@eventstream/platform';
import { deadLetterOffice } from './dead-letter-office.ts';
import { type DeadLetter, type DeadLetterDesk, type Decision, inOrder } from './dead-letters.ts';
import { faultIn, groupOf } from './fault-groups.ts';

function letterAt(at: number, of: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: newId(),
    consumer: 'someone',
    eventId: eventId(newId()),
    type: eventType('ORDERS.created'),
    log: logName('ORDERS'),
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
    ...of,
  };
}

/** A desk over these letters that notes what was decided. */
function deskOf(letters: readonly DeadLetter[], decided: string[]): DeadLetterDesk {
  const isDecided = (id: string): boolean => decided.some((line) => line.includes(id));
  const decide =
    (what: string) =>
    async (id: string, { by, why }: Decision) => {
      if (!letters.some((letter) => letter.id === id)) return { kind: 'unknown' } as const;
      if (isDecided(id)) return { kind: 'notOpen', state: 'discarded' } as const;
      decided.push(`${what} ${id} by ${by}: ${why}`);
      return { kind: 'decided' } as const;
    };
  return {
    list: async ({ limit, consumer, state, after }) =>
      letters
        .filter((letter) => (consumer ?? letter.consumer) === letter.consumer && !(state && isDecided(letter.id)))
        .filter((letter) => after === undefined || inOrder(letter, after) > 0)
        .toSorted(inOrder)
        .slice(0, limit),
    get: async (id) => letters.find((letter) => letter.id === id),
    decisions: async () => [{ decision: 'redrive', by: 'ada', why: 'once before', atMs: 7 }],
    behind: async () => 3,
    askDryRun: async (id) => (letters.some((letter) => letter.id === id) ? `request ${id}` : undefined),
    dryRunAnswer: async (request) =>
      request.endsWith(letters[0]?.id ?? '')
        ? { outcome: 'done', says: 'fine', stack: undefined, effects: [] }
        : undefined,
    redrive: decide('redrive'),
    discard: decide('discard'),
  };
}

describe('the dead letters of all databases as one', () => {
  const [first, second, third] = [letterAt(1), letterAt(2), letterAt(3)];
  const decided: string[] = [];
  const office = deadLetterOffice([deskOf([first, third], decided), deskOf([second], decided)]);

  test('are listed by position, over all of them', async () => {
    assert.deepEqual(await office.list({ limit: 2 }), [first, second]);
  });
  test('are shown wherever they are, with what was decided before and what waits behind', async () => {
    const { letter, decisions, behind } = await office.show(second.id);
    assert.equal(letter, second);
    assert.deepEqual([decisions[0]?.by, decisions[0]?.why, behind], ['ada', 'once before', 3]);
    await assert.rejects(office.show(newId()), (error) => codeOf(error) === 'dead_letter_unknown');
  });
  test('are run dry by their consumer, which may not answer', async () => {
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    assert.equal((await office.dryRun(second.id, 'ada', wait)).outcome, 'done');
    assert.deepEqual(waits, [250]);
    const { outcome, says } = await office.dryRun(third.id, 'ada', wait);
    assert.deepEqual([outcome, says.includes('eventstream status')], ['unanswered', true]);
    assert.equal(
      waits.reduce((sum, ms) => sum + ms, 0),
      15_250,
    );
    await assert.rejects(office.dryRun(newId(), 'ada', wait), (error) => codeOf(error) === 'dead_letter_unknown');
  });
  test('are decided once, with who and why', async () => {
    await office.decide(second.id, 'discard', { by: 'ada', why: 'a test' });
    assert.deepEqual(decided, [`discard ${second.id} by ada: a test`]);
    const again = office.decide(second.id, 'redrive', { by: 'ada', why: 'again' });
    await assert.rejects(again, (error) => codeOf(error) === 'dead_letter_decided');
    const unknown = office.decide(newId(), 'redrive', { by: 'ada', why: 'no such' });
    await assert.rejects(unknown, (error) => codeOf(error) === 'dead_letter_unknown');
  });
});

describe('dead letters with one fault', () => {
  const id = newId();
  const broken = (at: number, order: string) =>
    letterAt(at, {
      reason: `[contracts_malformed_event] ${newId()} at ORDERS:${at}: amount ${at}.50 is none\nmore`,
      stream: streamName(`order-${order}`),
      firstAtMs: at,
      lastAtMs: at + 10,
      attempts: at,
    });
  const letters = [letterAt(1), broken(2, 'a'), broken(3, 'b'), broken(4, 'b'), letterAt(5, { consumer: 'another' })];

  test('are one group, whichever ids and numbers their reasons name', async () => {
    const { groups, looked, complete } = await deadLetterOffice([deskOf(letters, [])]).groups({});
    assert.deepEqual([looked, complete, groups.length], [5, true, 3]);
    const [largest] = groups;
    assert.ok(largest !== undefined);
    assert.equal(largest.fault, '[contracts_malformed_event] <id> at ORDERS:<n>: amount <n> is none');
    const { letters: count, streams, attemptsMax, firstAtMs, lastAtMs, first } = largest;
    assert.deepEqual([count, streams, attemptsMax, firstAtMs, lastAtMs, first.position], [3, 2, 4, 2, 14, 2]);
  });

  test('keep the number in the name of an encoding', () => {
    assert.equal(faultIn('at ORDERS:72 its data is not JSON in UTF-8'), 'at ORDERS:<n> its data is not JSON in UTF-8');
  });

  test('may have any text for a reason', () => {
    assert.equal(faultIn(''), '');
    assert.equal(faultIn(`order ${id}\r\nat 12 o'clock`), 'order <id>\r');
  });
});

describe('redriving them all', () => {
  const decision = { by: 'ada', why: 'mended' };
  test('goes by position, at the rate that was asked for, and does not wait before the first', async () => {
    const letters = [letterAt(3), letterAt(1), letterAt(2)];
    const [decided, waits]: [string[], number[]] = [[], []];
    const office = deadLetterOffice([deskOf(letters, decided)]);
    const wait = async (ms: number) => void waits.push(ms);
    assert.deepEqual(await office.redriveAll({ ratePerSecond: 4, decision, wait }), { redriven: 3, passedOver: 0 });
    assert.deepEqual(waits, [250, 250]);
    const byPosition = letters.toSorted((one, other) => one.position - other.position);
    assert.deepEqual(
      decided,
      byPosition.map(({ id }) => `redrive ${id} by ada: mended`),
    );
  });
  test('takes one fault alone, and passes over what somebody else decided meanwhile', async () => {
    const [one, taken, other] = [letterAt(1), letterAt(2), letterAt(3, { reason: 'something else' })];
    const decided: string[] = [];
    const office = deadLetterOffice([deskOf([one, taken, other], decided)]);
    const { groups } = await office.groups({});
    const group = groups.find(({ fault }) => fault === 'poison')?.group ?? '';
    const wait = async () => void decided.push(`discard ${taken.id} by grace: no longer wanted`);
    const so = await office.redriveAll({ group, ratePerSecond: 4, decision, wait });
    assert.deepEqual(so, { redriven: 1, passedOver: 1 });
    assert.ok(!decided.some((line) => line.includes(other.id)));
  });
  test('goes on behind the first thousand, though all of them are open again and the next are of another fault', async () => {
    const many = Array.from({ length: 1_000 }, (_, place) => letterAt(place + 1));
    const behind = [letterAt(1_001, { reason: 'something else' }), letterAt(1_002, { reason: 'something else' })];
    const redriven: string[] = [];
    const reopening = (letters: readonly DeadLetter[]): DeadLetterDesk => ({
      ...deskOf(letters, []),
      redrive: async (id) => {
        if (!letters.some((letter) => letter.id === id)) return { kind: 'unknown' };
        redriven.push(id);
        return { kind: 'decided' };
      },
    });
    const [odd, even] = Map.groupBy([...many, ...behind], ({ position: at }) => at % 2).values();
    const office = deadLetterOffice([reopening(odd ?? []), reopening(even ?? [])]);
    const wait = async () => {};
    assert.equal((await office.redriveAll({ ratePerSecond: 4, decision, wait })).redriven, 1_002);
    assert.deepEqual(
      redriven,
      [...many, ...behind].map(({ id }) => id),
    );
    const [first] = behind;
    assert.ok(first);
    const { redriven: ofGroup } = await office.redriveAll({ group: groupOf(first), ratePerSecond: 4, decision, wait });
    assert.equal(ofGroup, 2);
  });
});
