import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeOrderEvent, encodeOrderEvent, type OrderCreated } from '@eventstream/contracts';
import type { StreamEvidence } from '../evidence.ts';
import { foldAll, lives, rowOf } from '../lives.fixture.ts';
import { damaged, mustName } from './check-order.fixture.ts';

/** Another order in the place of the one that was created, for the same money. The read model has folded it as it is. */
function createdAs(change: Partial<OrderCreated>): (evidence: StreamEvidence) => Partial<StreamEvidence> {
  return ({ events }) => {
    const changed = events.map((event, at) => {
      const fact = decodeOrderEvent(event);
      if (at > 0 || fact.kind !== 'created') return event;
      return { ...event, data: encodeOrderEvent(fact.orderId, { ...fact, ...change }) };
    });
    const folded = foldAll(changed);
    assert(folded);
    return { events: changed, row: rowOf(folded) };
  };
}

const threePizzas = [{ code: 'pizza', name: 'Pizza', unitPriceMinor: 950n, quantity: 3 }];

describe('a price that ordersvc does not ask is named', () => {
  test('an order that is of another amount than its items cost', () =>
    mustName(
      damaged(lives.approved, createdAs({ items: threePizzas })),
      'money',
      /the order is of 1900; its items cost 2850/,
    ));
  test('items that cost more than any order may', () =>
    mustName(
      damaged(
        lives.approved,
        createdAs({ items: threePizzas.map((item) => ({ ...item, quantity: Number.MAX_SAFE_INTEGER })) }),
      ),
      'money',
      /cost more than any order may/,
    ));
  test('but another program may price an order otherwise', () =>
    assert.deepEqual([...damaged(lives.approved, createdAs({ items: threePizzas, requestHash: '' })).broken], []));
});
