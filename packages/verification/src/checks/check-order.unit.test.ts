import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventId, metadataKeys, type OrderEvent, position, type RecordedEvent, revision } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { usd } from '@eventstream/testing/orders';
import type { StreamEvidence } from '../evidence.ts';
import { Findings } from '../findings.ts';
import { facts, foldAll, lives, orderOf, price, recordedLife, rowOf, soundEvidence } from '../lives.fixture.ts';
import { check, damaged, mustName } from './check-order.fixture.ts';
import { checkAcked } from './check-order.ts';

function eventsOf(...life: readonly OrderEvent[]): readonly RecordedEvent[] {
  return recordedLife(orderOf(1), life);
}

const row =
  (change: (folded: NonNullable<StreamEvidence['row']>['folded']) => object) => (evidence: StreamEvidence) => {
    assert(evidence.row);
    const { folded } = evidence.row;
    return { row: { ...evidence.row, folded: { ...folded, ...change(folded) } } };
  };

const passed = (consumer: string) => ({ marks: new Map([[consumer, position(10)]]) });

describe('a sound order', () => {
  for (const [name, life] of Object.entries(lives))
    test(`breaks no promise when it is ${name}`, () => {
      const { evidence, progress } = soundEvidence(life);
      assert.deepEqual([...check(evidence, progress).broken], []);
    });

  test('counts in the sums of its currency', () => {
    const { money } = damaged(lives.approved, () => ({}));
    const { debited, voided, approved, inFlight } = money.get('USD') ?? {};
    assert.deepEqual(
      { debited, voided, approved, inFlight },
      { debited: 1900n, voided: 0n, approved: 1900n, inFlight: 0n },
    );
  });

  test('may be ahead of the read model, the coordinator and the verified position', () => {
    const behind = { readModel: position(1), sagas: position(0) };
    const folded = foldAll(eventsOf());
    assert(folded);
    const { broken } = damaged(lives.approved, () => ({ row: rowOf(folded), saga: undefined }), behind);
    assert.deepEqual([...broken], []);
  });
});

describe('damage in the log is named', () => {
  test('a revision that is missing', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({ events: events.toSpliced(1, 1) })),
      'streams',
      /revision 3 where 2/,
    ));
  test('an event that the rules do not allow', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.approved) })),
      'lives',
      /ORDERS.approved at position 2.*not paid/,
    ));
  test('an event after the end', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.debited, facts.approved, facts.cancelled) })),
      'lives',
      /ended/,
    ));
  test('a second debit', () =>
    mustName(
      damaged([], () => ({ events: eventsOf(facts.debited, facts.debited) })),
      'lives',
      /recorded twice/,
    ));
  test('a debit of another customer, whichever program recorded it', () => {
    const events = eventsOf({ ...facts.debited, customerId: 'customer-2' });
    for (const actor of ['paymentworker', 'external'])
      mustName(
        damaged([], () => ({
          events: events.map((event) => ({ ...event, metadata: { ...event.metadata, [metadataKeys.actor]: actor } })),
        })),
        'lives',
        /ORDERS.paymentdebited at position 2.*customer-1.*not customer-2/,
      );
  });
  test('an event that cannot be read', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event) => ({ ...event, data: Buffer.from('{') })),
      })),
      'lives',
      /position 1 cannot be read/,
    ));
  test('one cause with the same effect twice', () =>
    mustName(
      damaged(lives.approved, ({ events }) => {
        const [first, second] = events;
        assert(first && second);
        return { events: [first, second, { ...second, revision: revision(3), position: position(3) }] };
      }),
      'effectsOnce',
      /caused ORDERS.paymentdebited more than once/,
    ));
  test('an id that was not made from its cause', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) => (at === 1 ? { ...event, id: eventId(newId()) } : event)),
      })),
      'effectsOnce',
      /the id of ORDERS.paymentdebited at position 2 is not made from its cause/,
    ));
  test('an effect without a cause', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) =>
          at === 1 ? { ...event, metadata: { ...event.metadata, 'causation-id': newId() } } : event,
        ),
      })),
      'effectsOnce',
      /ORDERS.paymentdebited at position 2 has no cause before it/,
    ));
  test('a revision that stands before the one it follows', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        events: events.map((event, at) => (at === 0 ? { ...event, position: position(9) } : event)),
      })),
      'streams',
      /revision 2 of stream order-.* stands before/,
    ));
});

describe('damage in the read model is named', () => {
  test('a missing row', () =>
    mustName(
      damaged(lives.approved, () => ({ row: undefined })),
      'readModel',
      /has no row/,
    ));
  test('a row that stopped earlier than its checkpoint', () => {
    const folded = foldAll(eventsOf(facts.debited));
    assert(folded);
    mustName(
      damaged(lives.approved, () => ({ row: rowOf(folded) })),
      'readModel',
      /at revision 2.*passed revision 3/,
    );
  });
  test('another status', () => {
    const other = foldAll(eventsOf(facts.debited));
    assert(other);
    mustName(
      damaged(
        lives.approved,
        row(() => ({ order: other.order })),
      ),
      'readModel',
      /status \(PaymentDebited, not Approved\)/,
    );
  });
  test('another amount', () =>
    mustName(
      damaged(
        lives.approved,
        row(({ order }) => ({ order: { ...order, details: { ...order.details, amount: usd(1n) } } })),
      ),
      'readModel',
      /amount differs/,
    ));
  test('another debited amount, also where nothing was taken', () => {
    for (const [life, says] of [
      [lives.approved, /debited amount \(5, not 1900\) differs/],
      [lives.cancelled, /debited amount \(5, not 1900\) differs/],
      [lives.pending, /debited amount \(5, not 0\) differs/],
    ] as const)
      mustName(
        damaged(life, ({ row: held }) => ({ row: held && { ...held, debitedMinor: 5n } })),
        'readModel',
        says,
      );
  });
  test('another item', () =>
    mustName(
      damaged(
        lives.approved,
        row(({ order }) => ({ order: { ...order, details: { ...order.details, items: [] } } })),
      ),
      'readModel',
      /items differs/,
    ));
  test('another position', () =>
    mustName(
      damaged(
        lives.approved,
        row(() => ({ createdPosition: position(2) })),
      ),
      'readModel',
      /first position/,
    ));
  test('a row that is marked stale without a dead letter', () => {
    const folded = foldAll(eventsOf(facts.debited));
    assert(folded);
    mustName(
      damaged(lives.approved, () => ({ row: { ...rowOf(folded), isStale: true } })),
      'readModel',
      /stale, and no dead letter/,
    );
  });
  test('a wrong row that is not marked stale, though an event of its order is or was a dead letter', () => {
    const aside = { consumer: 'querymodelworker', position: position(1) };
    for (const kind of ['dead letter', 'discarded'] as const)
      mustName(
        damaged(lives.approved, ({ row: held, events }) => ({
          row: held && { ...held, debitedMinor: 5n },
          setAside: events.slice(0, 1).map(({ id }) => ({ ...aside, kind, eventId: id })),
        })),
        'readModel',
        /debited amount/,
      );
  });
  test('but a row that is marked stale is only a remark', () => {
    const { broken, remarks } = damaged(lives.approved, ({ row: held }) => ({
      row: held && { ...held, isStale: true },
    }));
    assert.deepEqual([...broken], []);
    assert.equal(remarks.staleRows.count, 1);
  });
});

describe('dropped work is named', () => {
  test('a payment that a worker passed', () =>
    mustName(
      damaged(lives.pending, () => ({}), passed('paymentworker-created')),
      'nothingDropped',
      /without debiting/,
    ));
  test('a review that a worker passed', () =>
    mustName(
      damaged(
        [facts.debited],
        ({ saga }) => ({ saga: saga && { ...saga, hasFault: true } }),
        passed('reviewworker-paymentdebited'),
      ),
      'nothingDropped',
      /without a decision/,
    ));
  test('a void that a worker passed', () =>
    mustName(
      damaged(lives.undoing, () => ({}), passed('paymentworker-paymentvoidrequested')),
      'nothingDropped',
      /without closing the payment/,
    ));
  test('but work that is set aside where people see it is not dropped', () => {
    const aside = { consumer: 'paymentworker-created', position: position(1), kind: 'dead letter' as const };
    const { broken } = damaged(
      lives.pending,
      ({ events }) => ({ setAside: events.map(({ id }) => ({ ...aside, eventId: id })) }),
      passed('paymentworker-created'),
    );
    assert.deepEqual([...broken], []);
  });
  test('a saga that is missing', () =>
    mustName(
      damaged(lives.pending, () => ({ saga: undefined })),
      'nothingDropped',
      /keeps no saga/,
    ));
  test('a deadline that is lost', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, next: null } })),
      'nothingDropped',
      /neither a deadline nor an action/,
    ));
  test('a saga that stopped earlier than its checkpoint', () =>
    mustName(
      damaged(lives.approved, ({ saga }) => ({ saga: saga && { ...saga, revision: revision(1) } })),
      'nothingDropped',
      /the saga is at revision 1/,
    ));
  test('a saga that says it is over while the order is not', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, status: 'done' } })),
      'nothingDropped',
      /the saga says done at revision 1; the log says running/,
    ));
  test('a deadline that nobody will look at', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({ saga: saga && { ...saga, isScheduled: false } })),
      'nothingDropped',
      /neither a deadline nor an action/,
    ));
  test('a deadline that was moved', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({
        saga: saga && { ...saga, next: { kind: 'deadline', step: 'payment', dueMs: 4_000_000_000_000 } },
      })),
      'nothingDropped',
      /deadline of payment is due at 2096-.*the log says 2023-/,
    ));
  test('an undo that the saga does not want', () =>
    mustName(
      damaged(lives.pending, ({ saga }) => ({
        saga: saga && { ...saga, next: { kind: 'askUndo', step: 'payment', dueMs: null } },
      })),
      'nothingDropped',
      /has its askUndo of payment due; the log wants its deadline of payment/,
    ));
  test('a dead letter of an event that the log does not have', () =>
    mustName(
      damaged(lives.approved, ({ events }) => ({
        setAside: events.map(({ id }) => ({
          consumer: 'c',
          position: position(3),
          kind: 'dead letter' as const,
          eventId: id,
        })),
      })),
      'nothingDropped',
      /c has set event .* aside, which the log does not have there/,
    ));
  test('but the saga of an ended order may be forgotten', () =>
    assert.deepEqual([...damaged(lives.approved, () => ({ saga: undefined })).broken], []));
});

test('an order that a client was promised and that is not stored is named', () => {
  const findings = new Findings();
  checkAcked(new Set([orderOf(1), orderOf(2)]), new Set([orderOf(1)]), findings);
  const line = findings.lines().find(({ promise }) => promise === 'acked');
  assert.equal(line?.verdict, 'broken');
  assert.equal(line?.first?.orderId, orderOf(2));
});

test('the price of the lives told here is what their items cost', () => assert.equal(price.minor, 2n * 950n));
