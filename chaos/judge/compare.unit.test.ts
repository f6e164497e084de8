import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderId } from '@eventstream/contracts';
import type { Attempt, OrderHistory, Verdict, Wish } from '../load/history.ts';
import { compare } from './compare.ts';
import type { StoredEvent } from './stored-orders.ts';

const id = orderId('018f0000-0000-7000-8000-000000000001');
const stranger = orderId('018f0000-0000-7000-8000-000000000002');
const done = ['created', 'paymentdebited', 'approved'];
const byHand = 'by hand: ';
const approvedByHand = ['created', 'paymentdebited', `${byHand}approved`];
const rejected = ['reviewrejected', 'paymentvoidrequested', 'paymentvoided', 'cancelled'];
const undone = ['created', 'cancelrequested', 'paymentvoidrequested', 'paymentvoided', 'cancelled'];

const told = (wish: Wish, verdict: Verdict, more: Partial<Attempt> = {}): Attempt => ({
  wish,
  verdict,
  answer: verdict === 'acked' ? '200' : '503',
  orderId: verdict === 'acked' ? id : undefined,
  ...more,
});

/** A person's verdict is written `by hand: approved`. */
const eventOf = (text: string): StoredEvent => ({
  type: text.replace(byHand, ''),
  isByPerson: text.startsWith(byHand),
});

function lies(attempts: readonly Attempt[], events: readonly string[]): string[] {
  const history: OrderHistory = { key: 'k', customer: 'c', id, attempts: [...attempts] };
  return compare([history], new Map(events.length === 0 ? [] : [[id, events.map(eventOf)]])).map(({ says }) => says);
}

describe('what clients were told', () => {
  test('is true when the acknowledged is stored, the refused is not, and the unknown may be either', () => {
    assert.deepEqual(lies([told('place', 'acked')], done), []);
    assert.deepEqual(lies([told('place', 'refused'), told('place', 'refused')], []), []);
    assert.deepEqual(lies([told('place', 'unknown')], []), []);
    assert.deepEqual(lies([told('place', 'unknown')], done), []);
    assert.deepEqual(lies([told('place', 'refused'), told('place', 'acked')], done), []);
    assert.deepEqual(lies([told('place', 'acked'), told('cancel', 'acked')], undone), []);
    assert.deepEqual(lies([told('place', 'acked'), told('cancel', 'unknown')], done), []);
    assert.deepEqual(lies([told('place', 'acked'), told('approve', 'acked')], approvedByHand), []);
    assert.deepEqual(lies([told('place', 'acked'), told('approve', 'unknown')], approvedByHand), []);
    assert.deepEqual(lies([told('place', 'acked'), told('approve', 'refused')], done), [], 'the policy approved it');
  });

  const untrue: readonly (readonly [says: RegExp, attempts: readonly Attempt[], types: readonly string[]])[] = [
    [/acknowledged and is not stored/, [told('place', 'acked')], []],
    [/refused every time and is stored/, [told('place', 'refused')], done],
    [/stored more than once/, [told('place', 'acked')], ['created', ...done]],
    [/led to another order/, [told('place', 'acked'), told('repeat', 'acked', { orderId: stranger })], done],
    [/another order under its key/, [told('place', 'acked'), told('otherOrder', 'acked')], done],
    [/not found/, [told('place', 'acked'), told('look', 'refused', { answer: '404' })], done],
    [/come to no end/, [told('place', 'acked')], ['created', 'paymentdebited']],
    [/cancellation was acknowledged/, [told('place', 'acked'), told('cancel', 'acked')], done],
    [
      /approval was acknowledged/,
      [told('place', 'acked'), told('approve', 'acked')],
      ['created', 'paymentdebited', ...rejected],
    ],
    [/rejection was acknowledged/, [told('place', 'acked'), told('reject', 'acked')], done],
    [/every approval was refused/, [told('place', 'acked'), told('approve', 'refused')], approvedByHand],
    [
      /every rejection was refused/,
      [told('place', 'acked'), told('reject', 'refused')],
      ['created', 'paymentdebited', `${byHand}reviewrejected`, ...rejected.slice(1)],
    ],
    [/every cancellation was refused/, [told('place', 'acked'), told('cancel', 'refused')], undone],
  ];
  for (const [says, attempts, types] of untrue)
    test(`is found out: ${says.source}`, () => {
      const found = lies(attempts, types);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? '', says);
    });

  test('is found out when an order is stored that nobody asked for', () => {
    assert.deepEqual(compare([], new Map([[stranger, done.map(eventOf)]])), [
      { orderId: stranger, says: 'is stored, and nobody asked for it' },
    ]);
  });
});
