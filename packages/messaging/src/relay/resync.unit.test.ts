import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { eventId, logName, nowhere, position } from '@eventstream/contracts';
import { newIncarnation } from '@eventstream/testing/contracts';
import type { CopyState, OurCopy } from '../port.ts';
import { decideResync } from './resync.ts';

const log = logName('ORDERS');
const life = newIncarnation();
const id = eventId(randomUUID());
const head = (at: number) => ({ log, position: position(at), incarnation: life });
const ours = (last: number, o: Partial<OurCopy> = {}): CopyState => ({
  kind: 'ours',
  incarnation: life,
  first: position(1),
  last: position(last),
  lastId: last === 0 ? undefined : id,
  messageBytesMax: 1_000,
  ...o,
});
const mark = (at: number, incarnation = life) => ({ position: position(at), incarnation });

describe('a resync', () => {
  test('goes on after the broker’s last event, whether the store has more or not', () => {
    for (const at of [7, 20]) {
      const decision = decideResync({ copy: ours(7), head: head(at), idInStore: id, mark: mark(7) });
      assert.deepEqual(decision, { kind: 'follow', from: 7, lost: 0 });
    }
  });

  test('begins at the beginning when the copy is empty or missing', () => {
    const empty = decideResync({ copy: ours(0), head: head(9), idInStore: undefined, mark: undefined });
    assert.deepEqual(empty, { kind: 'follow', from: nowhere, lost: 0 });
    const missing = decideResync({ copy: { kind: 'missing' }, head: head(9), idInStore: undefined, mark: undefined });
    assert.deepEqual(missing, { kind: 'create', lost: 0 });
  });

  test('counts what the broker had and has no more, within one life of the log', () => {
    const facts = { head: head(9), idInStore: id };
    assert.deepEqual(decideResync({ ...facts, copy: ours(4), mark: mark(9) }), { kind: 'follow', from: 4, lost: 5 });
    assert.deepEqual(decideResync({ ...facts, copy: { kind: 'missing' }, mark: mark(9) }), { kind: 'create', lost: 9 });
    const other = mark(9, newIncarnation());
    assert.deepEqual(decideResync({ ...facts, copy: ours(4), mark: other }), { kind: 'follow', from: 4, lost: 0 });
  });

  test('goes on when old events were evicted, the last one included', () => {
    const copy = ours(7, { first: position(8), lastId: undefined });
    assert.deepEqual(decideResync({ copy, head: head(9), idInStore: id, mark: mark(7) }), {
      kind: 'follow',
      from: 7,
      lost: 0,
    });
  });

  test('halts before whatever it must not touch, and names the way out', () => {
    const cases: [CopyState, RegExp, RegExp][] = [
      [{ kind: 'foreign', found: 'stream X', nextStep: 'it is left untouched' }, /foreign_stream/, /untouched/],
      [ours(12), /broker_ahead/, /eventstream log import/],
      [ours(5, { incarnation: newIncarnation() }), /other_incarnation/, /eventstream log new-incarnation/],
      [ours(5, { lastId: eventId(randomUUID()) }), /other_event/, /eventstream log new-incarnation/],
    ];
    for (const [copy, code, nextStep] of cases) {
      const decision = decideResync({ copy, head: head(9), idInStore: id, mark: mark(5) });
      assert.ok(decision.kind === 'halted');
      assert.match(decision.code, code);
      assert.match(decision.nextStep, nextStep);
    }
  });
});
