import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeOrderEvent,
  encodeOrderEvent,
  metadataKeys,
  type OrderCreated,
  type OrderEvent,
  type RecordedEvent,
} from '@eventstream/contracts';
import type { StreamEvidence } from '../evidence.ts';
import { facts, foldAll, lives, orderOf, recordedLife, rowOf } from '../lives.fixture.ts';
import { damaged, mustName } from './check-order.fixture.ts';

/** The evidence with these events, which the read model has folded as they are. */
function withEvents(events: readonly RecordedEvent[]): Partial<StreamEvidence> {
  const folded = foldAll(events);
  assert(folded);
  return { events, row: rowOf(folded) };
}

/** Another order in the place of the one that was created, for the same money. */
function createdAs(change: Partial<OrderCreated>): (evidence: StreamEvidence) => Partial<StreamEvidence> {
  return ({ events }) =>
    withEvents(
      events.map((event, at) => {
        const fact = decodeOrderEvent(event);
        if (at > 0 || fact.kind !== 'created') return event;
        return { ...event, data: encodeOrderEvent(fact.orderId, { ...fact, ...change }) };
      }),
    );
}

const threePizzas = [{ code: 'pizza', name: 'Pizza', unitPriceMinor: 950n, quantity: 3 }];
const paidByAnother: readonly OrderEvent[] = [{ ...facts.debited, customerId: 'customer-2' }, facts.approved];

describe('what our services always do is named where it is not so', () => {
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
  test('a debit that is said to be of another customer', () =>
    mustName(
      damaged(lives.approved, () => withEvents(recordedLife(orderOf(1), paidByAnother))),
      'money',
      /customer-2 paid for an order of customer-1/,
    ));
  test('but another program may price an order otherwise', () =>
    assert.deepEqual([...damaged(lives.approved, createdAs({ items: threePizzas, requestHash: '' })).broken], []));
  test('and may name whom it likes as the one who paid', () => {
    const events = recordedLife(orderOf(1), paidByAnother).map((event, at) =>
      at === 1 ? { ...event, metadata: { ...event.metadata, [metadataKeys.actor]: 'external' } } : event,
    );
    assert.deepEqual([...damaged(lives.approved, () => withEvents(events)).broken], []);
  });
});
